/*
 * mesh-words: the two daemons of words, each in a process and on a node of its own, with a third process that posts the
 * text. Kill any of them with -9, or the server, and start it again: the counts at the end are right to the last word.
 *
 *     mesh-words counter  SERVERS NODE                   prints its daemon's id
 *     mesh-words splitter SERVERS NODE COUNTER           prints its daemon's id
 *     mesh-words reader   SERVERS NODE SPLITTER COUNTER TEXT PROGRESS COUNTS [BYTES-PER-SECOND]
 *
 * SERVERS are URLs with commas between them, NODE is the node's id, SPLITTER and COUNTER are what those have printed.
 * MESH_WORDS_MORE has more keys of "mesh", such as "replicas": 3.
 *
 *     node.c              a node of the mesh: starting it, and when to try a call again
 *     runner.c            the processes with a daemon; the daemons themselves are those of ../words
 *     reader.c            posting so that nothing is lost or processed twice
 *     progress.c          how far the text has been posted
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../words/stop.h"
#include "node.h"
#include "reader.h"
#include "runner.h"

static int usage(void)
{
    fputs("usage: mesh-words counter SERVERS NODE\n"
          "       mesh-words splitter SERVERS NODE COUNTER\n"
          "       mesh-words reader SERVERS NODE SPLITTER COUNTER TEXT PROGRESS COUNTS [BYTES-PER-SECOND]\n",
          stderr);
    return 2;
}

/* The configuration, for the caller to free; NULL: no memory. The servers' URLs have nothing that JSON would quote. */
static char *configuration(const char *servers, const char *node)
{
    const char *more = getenv("MESH_WORDS_MORE");
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    fprintf(out, "{\"this_node\": %s, \"mesh\": {\"servers\": [\"", node);
    for (; *servers; servers++)
        if (*servers == ',')
            fputs("\", \"", out);
        else
            fputc(*servers, out);
    fprintf(out, "\"]%s%s}}", more && *more ? ", " : "", more ? more : "");
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static uint64_t number(const char *text)
{
    return strtoull(text, NULL, 10);
}

int main(int argc, char **argv)
{
    const char *role = argc > 1 ? argv[1] : "";
    bool counter = strcmp(role, "counter") == 0 && argc == 4, splitter = strcmp(role, "splitter") == 0 && argc == 5,
         reader = strcmp(role, "reader") == 0 && (argc == 9 || argc == 10);
    if (!counter && !splitter && !reader)
        return usage();
    NetMeshOsSdk *sdk;
    char *config = configuration(argv[2], argv[3]);
    bool started = config && stop_listen() && node_start(&sdk, config);
    free(config);
    if (!started)
        return EXIT_FAILURE;
    int status;
    if (counter)
        status = run_counter(sdk);
    else if (splitter)
        status = run_splitter(sdk, number(argv[4]));
    else
        status = run_reader(sdk, &(struct reader){.splitter = number(argv[4]), .counter = number(argv[5]),
                                                  .text = argv[6], .progress = argv[7], .counts = argv[8],
                                                  .rate = argc == 10 ? number(argv[9]) : 0});
    if (!node_end(sdk))
        status = EXIT_FAILURE;
    return status;
}
