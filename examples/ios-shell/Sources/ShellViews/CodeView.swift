#if canImport(SwiftUI) && os(iOS)
    import Nansen
    import ShellModels
    import SwiftUI
    import UIKit

    /// A message as codes, for the other phone's camera: bright, awake, and hidden while somebody
    /// records or mirrors the screen.
    struct CodeView: View {
        let message: Message
        @State private var code: QrCode?
        @State private var failure: String?
        @State private var wasCaptured = false
        @State private var brightnessBefore: CGFloat?
        @Environment(\.isSceneCaptured) private var isSceneCaptured

        var body: some View {
            VStack {
                if isSceneCaptured {
                    CapturedNotice()
                } else if let code {
                    CodeSquare(code: code)
                } else {
                    ProgressView()
                }
                FailureText(failure: failure)
                if wasCaptured {
                    // iOS tells of a picture only after it was taken. An answer is sealed to one
                    // verifier, so that the picture opens for nobody else.
                    Text("A picture of this screen was taken.")
                }
            }
            .padding()
            .task {
                do {
                    for try await next in message.frames() { code = next }
                } catch {
                    failure = sentence(for: error)
                }
            }
            .onReceive(
                NotificationCenter.default.publisher(
                    for: UIApplication.userDidTakeScreenshotNotification)
            ) { _ in wasCaptured = true }
            .onAppear(perform: brighten)
            .onDisappear(perform: dim)
        }

        private func brighten() {
            brightnessBefore = UIScreen.main.brightness
            UIScreen.main.brightness = 1
            UIApplication.shared.isIdleTimerDisabled = true
        }

        private func dim() {
            if let brightnessBefore { UIScreen.main.brightness = brightnessBefore }
            UIApplication.shared.isIdleTimerDisabled = false
        }
    }

    /// One code, black on white whatever the appearance, with its quiet zone of four modules.
    private struct CodeSquare: View {
        let code: QrCode

        var body: some View {
            Canvas(opaque: true) { context, size in
                context.fill(Path(CGRect(origin: .zero, size: size)), with: .color(.white))
                let side = Int(code.side)
                // Whole pixels: modules of unequal width are what scanners stumble over.
                let module = (min(size.width, size.height) / CGFloat(side + 8)).rounded(.down)
                let start = (min(size.width, size.height) - module * CGFloat(side)) / 2
                var dark = Path()
                for row in 0..<side {
                    for column in 0..<side where code.isDark(row: row, column: column) {
                        dark.addRect(
                            CGRect(
                                x: start + CGFloat(column) * module,
                                y: start + CGFloat(row) * module, width: module,
                                height: module))
                    }
                }
                context.fill(dark, with: .color(.black), style: FillStyle(antialiased: false))
            }
            .aspectRatio(1, contentMode: .fit)
            .accessibilityLabel("Code for the other phone's camera")
        }
    }

    /// Stands in for what must not be recorded.
    struct CapturedNotice: View {
        var body: some View {
            ContentUnavailableView(
                "This screen is being recorded", systemImage: "record.circle",
                description: Text("Stop the recording or mirroring to go on."))
        }
    }
#endif
