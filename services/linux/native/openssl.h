// The three functions of OpenSSL that authenticate hellos. Node has OpenSSL linked in and exports it; its npm package has
// no headers of it everywhere. The prototypes have been the same since OpenSSL 1.1.
#pragma once

#include <cstddef>

extern "C" {
struct evp_md_st;
const evp_md_st* EVP_sha256(void);
unsigned char* HMAC(const evp_md_st* md, const void* key, int key_length, const unsigned char* data, size_t length,
                    unsigned char* digest, unsigned int* digest_length);
int CRYPTO_memcmp(const void* a, const void* b, size_t length);
}
