/* The files of the page; cmake/embed.cmake writes the table. */
#ifndef HEADROOM_API_API_PAGE_FILES_H
#define HEADROOM_API_API_PAGE_FILES_H

#include "http/http.h"

struct api_page_file {
    const char *path; /* where it is served */
    struct http_page page;
};

extern const struct api_page_file api_page_files[];
extern const size_t api_page_files_count;

#endif
