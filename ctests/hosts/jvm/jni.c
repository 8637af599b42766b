/* The C side of JniHost. */
#include <jni.h>
#include <net_meshos_ext.h>
#include <stdint.h>
#include <string.h>

static JavaVM *machine;
static jclass host;
static jmethodID process_method;

static void fail(JNIEnv *env) {
    const char *kind = net_meshos_last_error_kind();
    jclass error = (*env)->FindClass(env, "java/lang/IllegalStateException");
    if (error)
        (*env)->ThrowNew(env, error, kind ? kind : "no kind");
}

static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                   size_t len) {
    (void)ctx, (void)origin;
    JNIEnv *env = NULL;
    const int attached = (*machine)->GetEnv(machine, (void **)&env, JNI_VERSION_10) == JNI_OK;
    if (!attached && (*machine)->AttachCurrentThreadAsDaemon(machine, (void **)&env, NULL) != JNI_OK)
        return 1;
    (*env)->CallStaticVoidMethod(env, host, process_method, (jlong)sequence);
    const int failed = (*env)->ExceptionCheck(env);
    if (failed) {
        (*env)->ExceptionDescribe(env);
        (*env)->ExceptionClear(env);
    }
    net_meshos_process_emit(emit, payload, len);
    if (!attached)
        (*machine)->DetachCurrentThread(machine);
    return failed;
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved) {
    (void)reserved;
    JNIEnv *env;
    machine = vm;
    if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_10) != JNI_OK)
        return JNI_ERR;
    jclass found = (*env)->FindClass(env, "JniHost");
    if (!found)
        return JNI_ERR;
    host = (*env)->NewGlobalRef(env, found);
    process_method = (*env)->GetStaticMethodID(env, host, "process", "(J)V");
    return process_method ? JNI_VERSION_10 : JNI_ERR;
}

JNIEXPORT jlong JNICALL Java_JniHost_start(JNIEnv *env, jclass class) {
    (void)class;
    NetMeshOsSdk *sdk = NULL;
    if (net_meshos_sdk_start(0, 1, 0, 0, 0, &sdk) != NET_MESHOS_OK)
        fail(env);
    return (jlong)(intptr_t)sdk;
}

JNIEXPORT void JNICALL Java_JniHost_end(JNIEnv *env, jclass class, jlong sdk) {
    (void)class;
    if (net_meshos_sdk_shutdown((NetMeshOsSdk *)(intptr_t)sdk) != NET_MESHOS_OK)
        fail(env);
    net_meshos_sdk_free((NetMeshOsSdk *)(intptr_t)sdk);
}

JNIEXPORT jlong JNICALL Java_JniHost_register(JNIEnv *env, jclass class, jlong sdk, jint number) {
    (void)class;
    const NetMeshOsDaemonVtable table = {.process = process};
    uint8_t seed[32] = {6};
    NetMeshOsHandle *handle = NULL;
    memcpy(seed + 1, &number, sizeof number);
    if (net_meshos_register_daemon_with_vtable((NetMeshOsSdk *)(intptr_t)sdk, "jni", 3, seed, &table, NULL, &handle) !=
        NET_MESHOS_OK)
        fail(env);
    return (jlong)(intptr_t)handle;
}

JNIEXPORT void JNICALL Java_JniHost_free(JNIEnv *env, jclass class, jlong handle) {
    (void)env, (void)class;
    net_meshos_handle_free((NetMeshOsHandle *)(intptr_t)handle);
}

JNIEXPORT void JNICALL Java_JniHost_feed(JNIEnv *env, jclass class, jlong sdk_number, jlong handle, jint events) {
    (void)class;
    NetMeshOsSdk *sdk = (NetMeshOsSdk *)(intptr_t)sdk_number;
    const uint64_t id = net_meshos_handle_daemon_id((NetMeshOsHandle *)(intptr_t)handle);
    for (jint i = 0; i < events; i++) {
        const NetMeshOsEvent event = {1, (uint64_t)i, (const uint8_t *)"hello", 5};
        if (net_meshos_ext_deliver(sdk, id, &event, NULL, NULL) != NET_MESHOS_OK ||
            net_meshos_ext_post(sdk, id, &event, 1, NULL) != NET_MESHOS_OK) {
            fail(env);
            return;
        }
    }
    if (net_meshos_ext_flush(sdk, id, 0) != NET_MESHOS_OK)
        fail(env);
}
