/* What a call on a journal or snapshot can answer. A number may be logged but is never stored.
 * X(name, HTTP status, class, English, Chinese). Classes:
 *   FINE   no error;
 *   AGAIN  refused, nothing changed, the same call may work later;
 *   STOP   the journal must not be used any further: what is stored contradicts itself, or it is
 *          unknown what is stored. The caller ends the process or hands the error to a person. */
#ifndef HEADROOM_JOURNAL_STATUS_H
#define HEADROOM_JOURNAL_STATUS_H

// clang-format off
#define JOURNAL_STATUS_LIST(X) \
    X(OK, 200, FINE, "no error", "没有错误") \
    X(END, 200, FINE, "no further record", "没有更多记录") \
    X(FULL, 507, AGAIN, "no space is left on the device", "设备空间不足") \
    X(LOCKED, 503, AGAIN, "another process uses this data directory", "数据目录正被另一进程使用") \
    X(NOT_FOUND, 404, AGAIN, "there is no journal here", "此处没有日志") \
    X(NO_MEMORY, 503, AGAIN, "memory is short", "内存不足") \
    X(UNREADABLE, 503, AGAIN, "the system refused to open or read a file", "系统拒绝打开或读取文件") \
    X(FAILED, 500, STOP, "a write or sync failed; what is stored is unknown", "写入或同步失败，存储内容未知") \
    X(VERSION, 500, STOP, "written by a newer format version", "由更新的格式版本写成") \
    X(FOREIGN, 500, STOP, "belongs to another journal", "属于另一个日志") \
    X(HEAD_MISSING, 500, STOP, "the head file is missing though segments exist", "存在日志段但缺少头文件") \
    X(HEAD_DAMAGED, 500, STOP, "the head file is damaged", "头文件已损坏") \
    X(HEAD_STALE, 500, STOP, "the head file is older than the segments", "头文件比日志段旧") \
    X(SEGMENT_MISSING, 500, STOP, "a segment is missing", "缺少日志段") \
    X(SEGMENT_DAMAGED, 500, STOP, "a segment header or size is damaged", "日志段头或大小已损坏") \
    X(RECORD_MISSING, 500, STOP, "an answered record is missing", "缺少已应答的记录") \
    X(RECORD_DAMAGED, 500, STOP, "an answered record is damaged", "已应答的记录已损坏") \
    X(RECORD_MISPLACED, 500, STOP, "a record of another place stands here", "此处出现其他位置的记录") \
    X(CHAIN_BROKEN, 500, STOP, "a record does not continue the one before", "记录与前一条不连续") \
    X(TAIL_DIRTY, 500, STOP, "bytes behind the end that no crash explains", "末尾之后有无法用崩溃解释的数据") \
    X(SNAPSHOT_DAMAGED, 500, STOP, "the snapshot is damaged", "快照已损坏") \
    X(SNAPSHOT_MISMATCH, 500, STOP, "the snapshot does not fit this journal", "快照与日志不匹配") \
    X(SNAPSHOT_AHEAD, 500, STOP, "the journal ends before its snapshot", "日志在快照之前结束") \
    X(ARCHIVE_MISSING, 500, STOP, "the archive lacks what a snapshot relies on", "归档缺少快照所依赖的内容") \
    X(ARCHIVE_DAMAGED, 500, STOP, "an archive segment is damaged", "归档段已损坏")
// clang-format on

enum journal_status {
#define X(name, http, class, english, chinese) JOURNAL_##name,
    JOURNAL_STATUS_LIST(X)
#undef X
        JOURNAL_STATUS_COUNT
};

#endif
