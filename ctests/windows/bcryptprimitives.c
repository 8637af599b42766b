/* bcryptprimitives.dll, which every Windows has from 8 on and wine only from 9 on. Go takes random bytes from it. This is
 * for the wine that tests run on, and is in no package. */
#include <windows.h>

#include <bcrypt.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(unsigned char *to, size_t length) {
    return BCryptGenRandom(NULL, to, (ULONG)length, BCRYPT_USE_SYSTEM_PREFERRED_RNG) == 0;
}
