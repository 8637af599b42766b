/* net_meshos_ext_version: which library this is. The macro is that of the header which the program was compiled
 * with. */
#include <net_meshos_ext.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    printf("library and header are %s\n",
           strcmp(net_meshos_ext_version(), NET_MESHOS_EXT_VERSION) == 0 ? "of one version" : "of different versions");
    return 0;
}

/* It prints:
library and header are of one version
*/
