#if canImport(SwiftUI) && os(iOS)
    import Nansen
    import ShellModels
    import SwiftUI

    /// The wallet, in whatever phase it is.
    struct WalletView: View {
        let model: WalletModel

        var body: some View {
            switch model.phase {
            case .absent:
                PinPad(title: "Choose a PIN", failure: model.failure) { pin in
                    await model.create(pin: pin)
                }
            case .locked:
                LockedView(model: model)
            case .unlocked:
                if let code = model.recoveryCode {
                    CodeOnPaperView(
                        code: code, title: "Write this down on paper",
                        reason:
                            "It opens your wallet when the PIN or the phone is lost. It is shown once.",
                        written: model.recoveryCodeWasWritten)
                } else {
                    VaultListView(model: model)
                }
            }
        }
    }

    /// Face or finger first, else the PIN, else the recovery code.
    private struct LockedView: View {
        let model: WalletModel
        @State private var isRecovering = false
        @State private var code = ""

        var body: some View {
            VStack {
                PinPad(title: "Enter your PIN", failure: model.failure) { pin in
                    await model.unlock(pin: pin)
                }
                if model.opensWithHardware && !model.isHardwareLost {
                    Button("Use face or finger", systemImage: "faceid") {
                        Task { await model.unlockWithHardware() }
                    }
                }
                Button("Use the recovery code") { isRecovering = true }
            }
            .task { await model.unlockWithHardware() }
            .alert("Recovery code", isPresented: $isRecovering) {
                TextField("As on paper", text: $code)
                    .textInputAutocapitalization(.characters)
                    .autocorrectionDisabled()
                Button("Open", action: recover)
                Button("Cancel", role: .cancel) { code = "" }
            }
        }

        /// The text of a field cannot be wiped: a new recovery code, from the menu, makes it void.
        private func recover() {
            let typed = SecretBytes(utf8: code)
            code = ""
            Task { await model.unlock(recoveryCode: typed) }
        }
    }

    /// Collects a PIN digit by digit, so that it is never part of a `String`.
    struct PinPad: View {
        let title: LocalizedStringKey
        let failure: String?
        let enter: (SecretBytes) async -> Void
        @State private var digits: [UInt8] = []
        @State private var isBusy = false

        private let rows: [[UInt8]] = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]

        var body: some View {
            VStack(spacing: 24) {
                Text(title).font(.title2)
                Text(String(repeating: "●", count: digits.count))
                    .frame(minHeight: 24)
                    .accessibilityLabel("\(digits.count) digits")
                FailureText(failure: failure)
                ForEach(rows, id: \.self) { row in
                    HStack(spacing: 24) { ForEach(row, id: \.self, content: key) }
                }
                HStack(spacing: 24) {
                    Button("Delete", systemImage: "delete.left") {
                        _ = digits.popLast()
                    }
                    key(0)
                    Button("Done", systemImage: "checkmark", action: done)
                        .disabled(digits.count < 4 || isBusy)
                }
                .labelStyle(.iconOnly)
                if isBusy { ProgressView() }
            }
            .padding()
        }

        private func key(_ digit: UInt8) -> some View {
            Button("\(digit)") {
                digits.append(UInt8(ascii: "0") + digit)
            }
            .font(.title)
            .frame(minWidth: 64, minHeight: 64)
            .buttonStyle(.bordered)
            .disabled(isBusy || digits.count >= 12)
        }

        private func done() {
            let pin = SecretBytes(taking: &digits)
            isBusy = true
            Task {
                await enter(pin)
                isBusy = false
            }
        }
    }

    /// Shows a code once, to be written on paper.
    struct CodeOnPaperView: View {
        let code: SecretBytes
        let title: LocalizedStringKey
        let reason: LocalizedStringKey
        let written: () -> Void
        @Environment(\.isSceneCaptured) private var isSceneCaptured

        var body: some View {
            VStack(spacing: 24) {
                Text(title).font(.title2)
                Text(reason)
                if isSceneCaptured {
                    CapturedNotice()
                } else {
                    // The text of a view cannot be wiped; it goes away with the view.
                    Text(code.withData { String(decoding: $0, as: UTF8.self) })
                        .font(.title3.monospaced())
                        .privacySensitive()
                }
                Button("I have written it down", action: written)
                    .buttonStyle(.borderedProminent)
            }
            .padding()
        }
    }
#endif
