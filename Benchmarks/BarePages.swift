import CPangoCairo
import Foundation

/// The stack's own limit for documents: pages of 4 × 6 inches with five lines of text and as many bars as a label's
/// barcode has, drawn by cairo and pango without any of our code.
enum BarePages {
    static let texts = ["Jürgen Groß", "Große Elbstraße 145", "22767 Hamburg", "GERMANY", "(00) 1 06141412 34567890 8"]

    /// - Returns: The bytes of the PDF.
    static func pdf(pages: Int) -> Int {
        let size = Size()
        let surface = cairo_pdf_surface_create_for_stream(
            { closure, _, count in
                guard let closure else { return CAIRO_STATUS_WRITE_ERROR }
                Unmanaged<Size>.fromOpaque(closure).takeUnretainedValue().bytes += Int(count)
                return CAIRO_STATUS_SUCCESS
            }, Unmanaged.passUnretained(size).toOpaque(), 288, 432)
        let cairo = cairo_create(surface)
        let layout = pango_cairo_create_layout(cairo)
        let font = pango_font_description_from_string("Noto Sans 11")
        pango_layout_set_font_description(layout, font)
        for _ in 0..<pages {
            for (place, text) in texts.enumerated() {
                pango_layout_set_text(layout, text, -1)
                cairo_move_to(cairo, 20, 20 + Double(place) * 20)
                pango_cairo_show_layout(cairo, layout)
            }
            for bar in 0..<39 { cairo_rectangle(cairo, 20 + Double(bar) * 5, 200, 2, 90) }
            cairo_fill(cairo)
            cairo_show_page(cairo)
        }
        cairo_surface_finish(surface)
        pango_font_description_free(font)
        if let layout { g_object_unref(UnsafeMutableRawPointer(layout)) }
        cairo_destroy(cairo)
        cairo_surface_destroy(surface)
        return size.bytes
    }

    /// A class, so that C can hold a pointer to it.
    private final class Size { var bytes = 0 }
}
