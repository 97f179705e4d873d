#if canImport(SwiftUI) && os(iOS)
    import Nansen
    import ShellModels
    import SwiftUI

    /// The wallet of whose turn it is, else the chooser.
    struct PeopleView: View {
        let people: PeopleModel

        var body: some View {
            if let wallet = people.current {
                VStack {
                    WalletView(model: wallet)
                    if wallet.phase != .unlocked {
                        Button("Somebody else") { Task { await people.leave() } }
                    }
                }
            } else {
                ChooserView(people: people)
            }
        }
    }

    /// Whoever lets the phone show them, and always a button for those who do not.
    private struct ChooserView: View {
        let people: PeopleModel
        @State private var isUnlockingHidden = false

        var body: some View {
            List {
                FailureText(failure: people.failure)
                ForEach(people.shown, id: \.path) { wallet in
                    Button(wallet.label) { people.choose(wallet) }
                }
                Button("I am not shown here") { isUnlockingHidden = true }
                Button("Make a wallet") { Task { await people.addPerson() } }
            }
            .task { await people.look() }
            .sheet(isPresented: $isUnlockingHidden) {
                PinPad(title: "Enter your PIN", failure: people.failure) { pin in
                    await people.unlockHidden(.passphrase(pin))
                    if people.failure == nil { isUnlockingHidden = false }
                }
            }
        }
    }
#endif
