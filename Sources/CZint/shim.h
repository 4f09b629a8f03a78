#include <zint.h>

// Swift sees C arrays of arrays as tuples of tuples: these read them.
static inline int waybill_zint_is_dark(const struct zint_symbol *symbol, int row, int column) {
    return (symbol->encoded_data[row][column >> 3] >> (column & 7)) & 1;
}
static inline const char *waybill_zint_error(const struct zint_symbol *symbol) { return symbol->errtxt; }
