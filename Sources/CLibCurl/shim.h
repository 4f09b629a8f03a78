#include <curl/curl.h>

// Swift does not call variadic functions: each kind of value has its own.
static inline CURLcode waybill_curl_set_text(CURL *curl, CURLoption option, const char *value) {
    return curl_easy_setopt(curl, option, value);
}
static inline CURLcode waybill_curl_set_long(CURL *curl, CURLoption option, long value) {
    return curl_easy_setopt(curl, option, value);
}
static inline CURLcode waybill_curl_set_list(CURL *curl, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(curl, option, value);
}
static inline CURLcode waybill_curl_set_mime(CURL *curl, CURLoption option, curl_mime *value) {
    return curl_easy_setopt(curl, option, value);
}
static inline CURLcode waybill_curl_set_taker(CURL *curl, curl_write_callback take, void *place) {
    CURLcode code = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    return code == CURLE_OK ? curl_easy_setopt(curl, CURLOPT_WRITEDATA, place) : code;
}
static inline CURLcode waybill_curl_get_long(CURL *curl, CURLINFO info, long *value) {
    return curl_easy_getinfo(curl, info, value);
}
static inline CURLcode waybill_curl_start(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }
