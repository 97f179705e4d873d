#if canImport(SwiftUI) && os(iOS)
    import AVFoundation
    import Nansen
    import ShellModels
    import SwiftUI

    /// Points the camera at the other phone's codes until the message is complete.
    struct CollectView: View {
        let title: LocalizedStringKey
        let collected: (Message) -> Void
        @State private var model = CollectModel()
        @State private var isRefused = false

        var body: some View {
            VStack {
                Text(title).font(.title2)
                if isRefused {
                    ContentUnavailableView(
                        "No camera", systemImage: "video.slash",
                        description: Text("Allow the camera for this app in the settings."))
                } else {
                    CodeCamera(read: model.feed, refused: { isRefused = true })
                }
                ProgressView(value: model.progress)
                if let hint = model.hint {
                    Text(hint)
                    Button("Start again", action: model.startAgain)
                }
            }
            .padding()
            .onChange(of: model.message) { _, message in
                if let message { collected(message) }
            }
        }
    }

    /// The camera's picture, and the texts of the codes in it.
    private struct CodeCamera: UIViewControllerRepresentable {
        let read: @MainActor (String) -> Void
        let refused: @MainActor () -> Void

        func makeUIViewController(context: Context) -> CodeCameraController {
            CodeCameraController(read: read, refused: refused)
        }

        func updateUIViewController(_ controller: CodeCameraController, context: Context) {}
    }

    /// Runs a capture session while it is on the screen.
    final class CodeCameraController: UIViewController, AVCaptureMetadataOutputObjectsDelegate {
        private let read: @MainActor (String) -> Void
        private let refused: @MainActor () -> Void
        private let session = AVCaptureSession()
        private lazy var preview = AVCaptureVideoPreviewLayer(session: session)
        /// Starting a session blocks, and must not do so on the main thread.
        private let queue = DispatchQueue(label: "org.nansen.shell.camera")

        init(
            read: @escaping @MainActor (String) -> Void, refused: @escaping @MainActor () -> Void
        ) {
            self.read = read
            self.refused = refused
            super.init(nibName: nil, bundle: nil)
        }

        @available(*, unavailable)
        required init?(coder: NSCoder) { nil }

        override func viewDidLoad() {
            super.viewDidLoad()
            preview.videoGravity = .resizeAspectFill
            view.layer.addSublayer(preview)
            Task {
                guard await AVCaptureDevice.requestAccess(for: .video), configure() else {
                    refused()
                    return
                }
                run()
            }
        }

        override func viewDidLayoutSubviews() {
            super.viewDidLayoutSubviews()
            preview.frame = view.bounds
        }

        override func viewWillDisappear(_ animated: Bool) {
            super.viewWillDisappear(animated)
            let session = session
            queue.async { session.stopRunning() }
        }

        private func run() {
            let session = session
            queue.async { session.startRunning() }
        }

        private func configure() -> Bool {
            let output = AVCaptureMetadataOutput()
            guard let camera = AVCaptureDevice.default(for: .video),
                let input = try? AVCaptureDeviceInput(device: camera), session.canAddInput(input),
                session.canAddOutput(output)
            else { return false }
            session.beginConfiguration()
            defer { session.commitConfiguration() }
            // Dense codes need the pixels: 640 by 480 does not resolve version 20.
            if session.canSetSessionPreset(.hd1280x720) { session.sessionPreset = .hd1280x720 }
            session.addInput(input)
            session.addOutput(output)
            output.setMetadataObjectsDelegate(self, queue: .main)
            output.metadataObjectTypes = [.qr]
            return true
        }

        func metadataOutput(
            _ output: AVCaptureMetadataOutput, didOutput objects: [AVMetadataObject],
            from connection: AVCaptureConnection
        ) {
            for case let code as AVMetadataMachineReadableCodeObject in objects {
                if let text = code.stringValue { read(text) }
            }
        }
    }
#endif
