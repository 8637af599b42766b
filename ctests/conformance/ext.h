/* The calls of net_meshos_ext.h, as far as cases need them to reach what net_meshos.h promises of callbacks and
 * events. A library may lack them: what is promised then stays out of reach. */
#ifndef CONFORMANCE_EXT_H
#define CONFORMANCE_EXT_H

#include <net_meshos_ext.h>

struct ext_calls {
    int (*deliver)(NetMeshOsSdk *, uint64_t, const NetMeshOsEvent *, NetMeshOsOutputFn, void *);
    int (*post)(NetMeshOsSdk *, uint64_t, const NetMeshOsEvent *, size_t, size_t *);
    int (*flush)(NetMeshOsSdk *, uint64_t, uint64_t);
    int (*snapshot)(NetMeshOsSdk *, uint64_t, uint8_t **, size_t *);
    int (*restore)(NetMeshOsSdk *, uint64_t, const uint8_t *, size_t);
    void (*free_bytes)(uint8_t *, size_t);
    int (*enter_maintenance)(NetMeshOsSdk *, uint64_t);
    int (*exit_maintenance)(NetMeshOsSdk *);
    char *(*runtime_json)(NetMeshOsSdk *);
};

/* Looks the calls up; ends the case as skipped if the library lacks one. */
const struct ext_calls *ext_need(void);

#endif
