/* The environment of the process is not the library's. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

static void work(void) {
    NetMeshOsSdk *sdk = start();
    for (uint64_t i = 0; i < 200; i++)
        all_calls(sdk, i);
    OK(net_meshos_sdk_shutdown(sdk));
    net_meshos_sdk_free(sdk);
}

/* Runs this program with another test; what it prints is left in `printed`. */
static char printed[4096];
static size_t printed_length;

static int run_self(const char *program, const char *test) {
    int ends[2], status;
    NEED(pipe(ends) == 0);
    pid_t child = fork();
    NEED(child >= 0);
    if (child == 0) {
        alarm(300);
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(program, program, test, (char *)NULL);
        _exit(99);
    }
    close(ends[1]);
    printed_length = 0;
    for (ssize_t n; (n = read(ends[0], printed + printed_length, sizeof printed - 1 - printed_length)) > 0;)
        printed_length += (size_t)n;
    printed[printed_length] = '\0';
    close(ends[0]);
    NEED(waitpid(child, &status, 0) == child);
    return status;
}

#define SELF "/proc/self/exe"

static void gos_variables_have_no_effect(void) {
    static const char *const hostile[][2] = {
        {"GODEBUG", "gctrace=1,schedtrace=1,inittrace=1"}, {"GOMEMLIMIT", "512MB"}, {"GOMEMLIMIT", "1"},
        {"GOMAXPROCS", "100000"},  {"GOGC", "1"}, {"GOTRACEBACK", "crash"}, {"GORACE", "log_path=stderr"},
        {"GODEBUG", "madvdontneed=0,asyncpreemptoff=0,gcstoptheworld=2"},
    };
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        setenv(hostile[i][0], hostile[i][1], 1);
        int status = run_self(SELF, "environment: work");
        unsetenv(hostile[i][0]);
        if (status != 0 || printed_length > 0)
            fprintf(stderr, "%s=%s: status %#x, printed %s\n", hostile[i][0], hostile[i][1], (unsigned)status, printed);
        NEED(status == 0);
        NEED(printed_length == 0);
    }
}

static void the_librarys_variables_have(void) {
    setenv("NET_MESHOS_GODEBUG", "inittrace=1", 1);
    NEED(run_self(SELF, "environment: work") == 0);
    NEED(strstr(printed, "init ") != NULL);
    unsetenv("NET_MESHOS_GODEBUG");
    setenv("NET_MESHOS_GOTRACEBACK", "none", 1);
    setenv("NET_MESHOS_GOGC", "50", 1);
    setenv("NET_MESHOS_GOMAXPROCS", "1", 1);
    setenv("NET_MESHOS_GOMEMLIMIT", "1GiB", 1);
    NEED(run_self(SELF, "environment: work") == 0);
    NEED(printed_length == 0);
}

static void write_config(const char *path) {
    FILE *f = fopen(path, "w");
    NEED(f != NULL);
    fputs("no JSON", f);
    fclose(f);
    chmod(path, 0644);
}

static void config_is_read(void) {
    char path[] = "/tmp/meshos-guest-XXXXXX";
    int fd = mkstemp(path);
    NEED(fd >= 0);
    close(fd);
    write_config(path);
    setenv("NET_MESHOS_CONFIG", path, 1);
    NetMeshOsSdk *sdk = NULL;
    FAILS(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk), "config_invalid");
    unlink(path);
}

static void copy_self(const char *path) {
    char command[300];
    snprintf(command, sizeof command, "cp /proc/%d/exe %s && chown root:root %s && chmod 4755 %s", getpid(), path, path,
             path);
    NEED(system(command) == 0);
}

/* A program that is setuid, started by somebody else. */
static void raised_privileges_ignore_it(void) {
    if (geteuid() != 0)
        skip("only root can make a program that raises privileges");
    char folder[] = "/tmp/meshos-guest-XXXXXX", config[64], program[64];
    NEED(mkdtemp(folder) != NULL);
    NEED(chmod(folder, 0755) == 0);
    snprintf(config, sizeof config, "%s/config", folder);
    snprintf(program, sizeof program, "%s/program", folder);
    write_config(config);
    copy_self(program);
    setenv("NET_MESHOS_CONFIG", config, 1);
    setenv("NET_MESHOS_GODEBUG", "inittrace=1", 1);
    pid_t child = fork();
    if (child == 0) {
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(98);
        int status = run_self(program, "environment: work");
        if (status != 0 || printed_length > 0)
            fprintf(stderr, "status %#x: %s\n", (unsigned)status, printed);
        _exit(status == 0 && printed_length == 0 ? 0 : WIFEXITED(status) && WEXITSTATUS(status) == 99 ? 99 : 1);
    }
    int status;
    NEED(waitpid(child, &status, 0) == child);
    unlink(config);
    unlink(program);
    rmdir(folder);
    NEED(status == 0);
}

const struct test environment_tests[] = {
    {"environment: work", work},
    {"environment: Go's variables have no effect", gos_variables_have_no_effect},
    {"environment: the library's have", the_librarys_variables_have},
    {"environment: a configuration is read", config_is_read},
    {"environment: raised privileges ignore it", raised_privileges_ignore_it},
    {NULL, NULL},
};
