#if canImport(SwiftUI) && os(iOS)
    import ShellModels
    import SwiftUI

    /// The whole app: two tabs over one wallet and one verifier, covered while the system takes
    /// its picture for the app switcher.
    public struct RootView: View {
        private let wallet: WalletModel
        private let verifier: VerifierModel
        @Environment(\.scenePhase) private var scenePhase

        public init(wallet: WalletModel, verifier: VerifierModel) {
            self.wallet = wallet
            self.verifier = verifier
        }

        public var body: some View {
            TabView {
                WalletView(model: wallet)
                    .tabItem { Label("Wallet", systemImage: "wallet.pass") }
                VerifierView(model: verifier)
                    .tabItem { Label("Verify", systemImage: "checkmark.seal") }
            }
            .overlay {
                if scenePhase != .active { PrivacyCover() }
            }
            .onChange(of: scenePhase) { _, phase in
                // `.inactive` comes for every notification that is pulled down, and while the
                // system itself asks for face or finger.
                if phase == .background { wallet.lock() }
            }
        }
    }

    /// What the app switcher shows instead of somebody's credentials.
    struct PrivacyCover: View {
        var body: some View {
            ZStack {
                Rectangle().fill(.background)
                Image(systemName: "lock.fill").font(.largeTitle).foregroundStyle(.secondary)
            }
            .ignoresSafeArea()
            .accessibilityHidden(true)
        }
    }

    /// What went wrong, in the words of the model.
    struct FailureText: View {
        let failure: String?

        var body: some View {
            if let failure {
                Label(failure, systemImage: "exclamationmark.triangle")
                    .foregroundStyle(.red)
            }
        }
    }
#endif
