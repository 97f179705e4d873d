#if canImport(SwiftUI) && os(iOS)
    import Nansen
    import ShellModels
    import SwiftUI

    /// What the wallet holds, and the ways to add to it and to show from it.
    struct VaultListView: View {
        let model: WalletModel
        @State private var sheet: Sheet?

        @State private var isChoosingAFile = false
        @State private var isNaming = false
        @State private var name = ""

        private enum Sheet: Identifiable {
            case document, scan, request, hardware, recoveryCode, backup, restore
            case deviceKey(Message)

            var id: String {
                if case .deviceKey = self { return "deviceKey" }
                return String(describing: self)
            }
        }

        var body: some View {
            NavigationStack {
                List {
                    FailureText(failure: model.failure)
                    if model.lacksRecoveryCode {
                        Section {
                            Text("Your recovery code was not written down.")
                            Button("Make a new one") { sheet = .recoveryCode }
                        }
                    }
                    if model.isHardwareLost {
                        Section {
                            Text("Face or finger no longer opens your wallet.")
                            Button("Set it up anew") { sheet = .hardware }
                        }
                    }
                    Section("Credentials") {
                        ForEach(model.credentials, id: \.id, content: CredentialRow.init)
                            .onDelete { delete(model.credentials.map(\.id), at: $0) }
                    }
                    Section("Documents") {
                        ForEach(model.documents, id: \.id) { document in
                            Label(document.title, systemImage: "doc")
                        }
                        .onDelete { delete(model.documents.map(\.id), at: $0) }
                    }
                    if !model.waitingKeys.isEmpty {
                        Section("Keys for credentials to come") {
                            ForEach(model.waitingKeys, id: \.id) { key in
                                Button(Date(key.created).formatted()) {
                                    sheet = .deviceKey(
                                        Message(kind: .file, bytes: key.publicKey))
                                }
                            }
                            .onDelete { delete(model.waitingKeys.map(\.id), at: $0) }
                        }
                    }
                }
                .overlay {
                    if model.isBusy { ProgressView() }
                }
                .navigationTitle("Wallet")
                .toolbar {
                    ToolbarItem(placement: .bottomBar) {
                        Button("Show", systemImage: "qrcode.viewfinder") { sheet = .request }
                    }
                    ToolbarItem(placement: .primaryAction) {
                        Menu("Add", systemImage: "plus") {
                            Button("Scan a document") { sheet = .document }
                            Button("Scan a credential, list or pack") { sheet = .scan }
                            Button("Take one from a file") { isChoosingAFile = true }
                            Button("Ask for a credential") { makeDeviceKey(inHardware: false) }
                            if model.signer != nil {
                                Button("Ask for one that stays on this phone") {
                                    makeDeviceKey(inHardware: true)
                                }
                            }
                        }
                    }
                    ToolbarItem(placement: .secondaryAction) {
                        Menu("Ways to open", systemImage: "key") {
                            if model.hasHardware {
                                Button(
                                    model.opensWithHardware
                                        ? "Set up face or finger anew" : "Open with face or finger"
                                ) { sheet = .hardware }
                            }
                            if model.opensWithHardware {
                                Button("No longer open with face or finger", role: .destructive) {
                                    Task { await model.removeHardware() }
                                }
                            }
                            Button("Make a new recovery code") { sheet = .recoveryCode }
                        }
                    }
                    ToolbarItem(placement: .secondaryAction) {
                        Menu("If this phone is lost", systemImage: "externaldrive") {
                            Button("Make a backup") { sheet = .backup }
                            Button("Restore a backup") { sheet = .restore }
                        }
                    }
                    ToolbarItem(placement: .secondaryAction) {
                        Button("Name in the chooser", systemImage: "person") {
                            name = model.label ?? ""
                            isNaming = true
                        }
                    }
                    ToolbarItem(placement: .cancellationAction) {
                        Button("Lock", systemImage: "lock", action: model.lock)
                    }
                }
                .sheet(item: $sheet, content: content)
                .alert("Name in the chooser", isPresented: $isNaming) {
                    TextField("Your name", text: $name)
                    Button("Show it") { Task { await model.setLabel(name) } }
                    Button("Show nothing") { Task { await model.setLabel(nil) } }
                    Button("Cancel", role: .cancel) {}
                } message: {
                    Text("Whoever has this phone sees it. Without one, your PIN alone finds your wallet.")
                }
                .choosesFile(isPresented: $isChoosingAFile) { file in
                    Task { await model.take(file: file) }
                }
            }
        }

        @ViewBuilder
        private func content(of sheet: Sheet) -> some View {
            switch sheet {
            case .document:
                DocumentCamera { pdf in
                    self.sheet = nil
                    guard let pdf else { return }
                    let title = "Scan of \(Date().formatted(date: .abbreviated, time: .shortened))"
                    Task { await model.addScan(pdf, title: title) }
                }
                .ignoresSafeArea()
            case .scan:
                CollectView(title: "Scan the credential, list or pack") { message in
                    self.sheet = nil
                    Task { await model.take(message) }
                }
            case .request:
                if let wallet = model.wallet {
                    ShowSheet(model: ConsentModel(wallet: wallet, signer: model.signer))
                }
            case .hardware:
                PinPad(title: "Enter your PIN", failure: model.failure) { pin in
                    await model.addHardware(pin: pin)
                    if model.failure == nil { self.sheet = nil }
                }
            case .recoveryCode:
                // The code itself takes the place of this list, so that nothing covers it.
                PinPad(title: "Enter your PIN", failure: model.failure) { pin in
                    await model.newRecoveryCode(pin: pin)
                    if model.failure == nil { self.sheet = nil }
                }
            case .backup:
                if let backup = backupModel() {
                    BackupView(model: backup) { self.sheet = nil }
                }
            case .restore:
                if let backup = backupModel() {
                    RestoreView(model: backup) {
                        self.sheet = nil
                        Task { await model.reload() }
                    }
                }
            case .deviceKey(let key):
                VStack {
                    Text("Show this to whoever issues the credential").font(.title2)
                    CodeView(message: key)
                }
            }
        }

        private func backupModel() -> BackupModel? {
            guard let wallet = model.wallet, let folder = try? VaultFile.folder() else { return nil }
            return BackupModel(wallet: wallet, folder: folder)
        }

        private func makeDeviceKey(inHardware: Bool) {
            Task {
                if let key = await model.makeDeviceKey(inHardware: inHardware) {
                    sheet = .deviceKey(key)
                }
            }
        }

        private func delete(_ ids: [RecordId], at places: IndexSet) {
            Task {
                for place in places {
                    await model.delete(ids[place])
                }
            }
        }
    }

    /// One credential of the list.
    private struct CredentialRow: View {
        let credential: CredentialSummary

        init(_ credential: CredentialSummary) {
            self.credential = credential
        }

        var body: some View {
            VStack(alignment: .leading) {
                Text(credential.title)
                Text(credential.issuer).font(.subheadline).foregroundStyle(.secondary)
                if let remark {
                    Text(remark).font(.subheadline).foregroundStyle(.orange)
                }
            }
            .accessibilityElement(children: .combine)
        }

        private var remark: LocalizedStringKey? {
            switch credential.state {
            case .good: return nil
            case .statusUnknown: return "Not known whether it still holds"
            case .issuerUnknown: return "Issuer not known here"
            case .notYetValid: return "Not valid yet"
            case .expired: return "Expired"
            case .revoked: return "Revoked"
            case .suspended: return "Suspended"
            }
        }
    }
#endif
