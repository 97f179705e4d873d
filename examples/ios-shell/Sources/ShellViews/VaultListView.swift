#if canImport(SwiftUI) && os(iOS)
    import Nansen
    import ShellModels
    import SwiftUI

    /// What the wallet holds, and the ways to add to it and to show from it.
    struct VaultListView: View {
        let model: WalletModel
        @State private var sheet: Sheet?

        private enum Sheet: String, Identifiable {
            case document, credential, request, hardware
            var id: String { rawValue }
        }

        var body: some View {
            NavigationStack {
                List {
                    FailureText(failure: model.failure)
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
                            Button("Scan a credential") { sheet = .credential }
                            if model.canAddHardware {
                                Button("Open with face or finger") { sheet = .hardware }
                            }
                        }
                    }
                    ToolbarItem(placement: .cancellationAction) {
                        Button("Lock", systemImage: "lock", action: model.lock)
                    }
                }
                .sheet(item: $sheet, content: content)
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
            case .credential:
                CollectView(title: "Scan the credential") { message in
                    self.sheet = nil
                    Task { await model.importCredential(message) }
                }
            case .request:
                if let wallet = model.wallet {
                    ShowSheet(model: ConsentModel(wallet: wallet, signer: SecureEnclaveSigner()))
                }
            case .hardware:
                PinPad(title: "Enter your PIN", failure: model.failure) { pin in
                    await model.addHardware(pin: pin)
                    if model.opensWithHardware { self.sheet = nil }
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
