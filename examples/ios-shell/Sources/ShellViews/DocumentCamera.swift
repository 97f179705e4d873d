#if canImport(SwiftUI) && os(iOS)
    import SwiftUI
    import UIKit
    import VisionKit

    /// The system's document camera; gives a PDF with one page for each scan, or nothing.
    struct DocumentCamera: UIViewControllerRepresentable {
        let finished: @MainActor (Data?) -> Void

        func makeUIViewController(context: Context) -> VNDocumentCameraViewController {
            let controller = VNDocumentCameraViewController()
            controller.delegate = context.coordinator
            return controller
        }

        func updateUIViewController(
            _ controller: VNDocumentCameraViewController, context: Context
        ) {}

        func makeCoordinator() -> Coordinator {
            Coordinator(finished: finished)
        }

        @MainActor
        final class Coordinator: NSObject, VNDocumentCameraViewControllerDelegate {
            private let finished: @MainActor (Data?) -> Void

            init(finished: @escaping @MainActor (Data?) -> Void) {
                self.finished = finished
            }

            func documentCameraViewController(
                _ controller: VNDocumentCameraViewController,
                didFinishWith scan: VNDocumentCameraScan
            ) {
                finished(pdf(of: scan))
            }

            func documentCameraViewControllerDidCancel(
                _ controller: VNDocumentCameraViewController
            ) {
                finished(nil)
            }

            func documentCameraViewController(
                _ controller: VNDocumentCameraViewController, didFailWithError error: any Error
            ) {
                finished(nil)
            }

            /// Drawn in memory: a temporary file would leave the scan outside the vault.
            private func pdf(of scan: VNDocumentCameraScan) -> Data {
                // A4 at 72 points an inch (ISO 216).
                let page = CGRect(x: 0, y: 0, width: 595, height: 842)
                return UIGraphicsPDFRenderer(bounds: page).pdfData { context in
                    for number in 0..<scan.pageCount {
                        context.beginPage()
                        let image = scan.imageOfPage(at: number)
                        let scale = min(
                            page.width / image.size.width, page.height / image.size.height)
                        let size = CGSize(
                            width: image.size.width * scale, height: image.size.height * scale)
                        image.draw(
                            in: CGRect(
                                x: (page.width - size.width) / 2,
                                y: (page.height - size.height) / 2, width: size.width,
                                height: size.height))
                    }
                }
            }
        }
    }
#endif
