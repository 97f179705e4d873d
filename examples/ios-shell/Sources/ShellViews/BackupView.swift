#if canImport(SwiftUI) && os(iOS)
    import Nansen
    import ShellModels
    import SwiftUI

    /// Writes a backup: its code on paper first, then the file, then to where the person keeps it.
    struct BackupView: View {
        @State var model: BackupModel
        let done: () -> Void
        @State private var isMoving = false

        var body: some View {
            VStack(spacing: 24) {
                FailureText(failure: model.failure)
                if let progress = model.progress {
                    ProgressView("Writing, then reading back", value: progress)
                } else if model.file != nil {
                    Text("The backup was written and read back.")
                    Button("Choose where to keep it") { isMoving = true }
                        .buttonStyle(.borderedProminent)
                } else if let code = model.code {
                    CodeOnPaperView(
                        code: code, title: "Write down the code of the backup",
                        reason: "It opens the backup, and nothing else does.",
                        written: { Task { await model.codeWasWritten() } })
                }
            }
            .padding()
            .onAppear(perform: model.begin)
            .onDisappear(perform: model.forget)
            .fileMover(isPresented: $isMoving, file: model.file) { result in
                guard case .success = result else { return }
                model.wasMoved()
                done()
            }
        }
    }

    /// Restores from files that the person chooses: first what would become of each record, then,
    /// if they agree, for good.
    struct RestoreView: View {
        @State var model: BackupModel
        let done: () -> Void
        @State private var files: [URL] = []
        @State private var isChoosing = false
        @State private var code = ""

        var body: some View {
            Form {
                FailureText(failure: model.failure)
                Button("Choose the backup and all that follow it") { isChoosing = true }
                ForEach(files, id: \.self) { Text($0.lastPathComponent) }
                TextField("Its code, as on paper", text: $code)
                    .textInputAutocapitalization(.characters)
                    .autocorrectionDisabled()
                Button("See what is in it", action: look)
                    .disabled(files.isEmpty || code.isEmpty || model.progress != nil)
                if let progress = model.progress { ProgressView(value: progress) }
                ForEach(model.records, id: \.id) { record in
                    VStack(alignment: .leading) {
                        Text(record.title)
                        Text(record.sentence).font(.subheadline).foregroundStyle(.secondary)
                    }
                }
                if model.isDry {
                    Button("Restore this") { Task { await model.restore() } }
                        .disabled(model.progress != nil)
                } else if !model.records.isEmpty {
                    Button("Done", action: done)
                }
            }
            .fileImporter(
                isPresented: $isChoosing, allowedContentTypes: [.data],
                allowsMultipleSelection: true
            ) { result in
                release()
                // What other apps offer is closed to this one without asking for it.
                files = ((try? result.get()) ?? []).filter {
                    $0.startAccessingSecurityScopedResource()
                }
            }
            .onDisappear {
                model.forget()
                release()
            }
        }

        /// The text of a field cannot be wiped; it goes with the screen.
        private func look() {
            let typed = SecretBytes(utf8: code)
            code = ""
            Task { await model.look(into: files, typed: typed) }
        }

        private func release() {
            files.forEach { $0.stopAccessingSecurityScopedResource() }
            files = []
        }
    }
#endif
