/* What a call of this room can come to. */
#ifndef HEADROOM_PROCESS_PROCESS_STATUS_H
#define HEADROOM_PROCESS_PROCESS_STATUS_H

#include "base/slice.h"

/* X(name, HTTP status, word of the problem's type, English, Chinese) */
// clang-format off
#define PROCESS_STATUS_LIST(X) \
    X(OK, 200, "ok", "done", "成功") \
    X(BAD_INPUT, 400, "bad-input", "the variables are no JSON object of the allowed size", "变量不是允许大小内的 JSON 对象") \
    X(BAD_OUTPUTS, 400, "bad-outputs", "what was given is not what the form of the task asks for", "提交的内容不符合任务表单的要求") \
    X(BAD_REASON, 400, "bad-reason", "a reason of 1 to 500 bytes is asked for", "需要填写 1 至 500 字节的原因") \
    X(NOT_FOUND, 404, "not-found", "there is no such case or task within your reach", "流程实例或任务不存在，或不在您的权限范围内") \
    X(ORGANISATION_NOT_FOUND, 404, "organisation-not-found", "there is no such organisation", "机构不存在") \
    X(NO_PACK, 409, "no-pack", "there is no such pack, or it has no such process", "配置包不存在，或其中没有此流程") \
    X(NOT_CANDIDATE, 403, "not-a-candidate", "no post of yours makes you a candidate for this task", "您的岗位不是该任务的候选人") \
    X(NOT_STARTER, 403, "not-a-starter", "no post of yours may start this process here", "您的岗位不能在该机构发起此流程") \
    X(NOT_PERSON, 403, "not-a-person", "tasks are for people, not for tokens", "任务只能由人员办理，不能由令牌办理") \
    X(FOUR_EYES, 409, "four-eyes", "who began, reviews, votes on, decides and releases a case must be different people", "同一业务的发起、审查、表决、审批与放款须由不同人员办理") \
    X(RELATED, 403, "related-person", "who is related to the customer, or whose delegator is, withdraws from its cases", "与客户有利害关系的人员（含被代理人）须回避") \
    X(CLAIMED, 409, "task-claimed", "another person has claimed the task", "任务已被他人领取") \
    X(NOT_CLAIMED, 409, "task-not-claimed", "claim the task first", "请先领取任务") \
    X(TASK_STATE, 409, "task-state", "the task is not in a state that allows this", "任务当前状态不允许此操作") \
    X(CHANGED, 412, "version-changed", "it was changed meanwhile; read it again", "内容已被他人修改，请重新读取") \
    X(SHOWN_NEEDED, 428, "shown-needed", "name by `shown` the content that you were shown and decide on: the hash in the task and the application", "请在 shown 参数中写明您所见并据以决定的内容哈希（见任务与申报）") \
    X(SHOWN_CHANGED, 412, "shown-changed", "what you were shown is not what the case is about now; read it again", "您所见的内容与当前申报内容不一致，请重新查看") \
    X(NOT_RESOLVER, 403, "not-a-resolver", "no post of yours resolves this incident so: a limit manager at the organisation of the case or above does", "您的岗位不能如此处置该异常，须由本机构或上级机构的额度管理岗办理") \
    X(SAID_IN_TASKS, 409, "said-in-tasks", "what a form of a task asks people for is not set by a resolution", "任务表单中由人员填写的内容不得在异常处置中设置") \
    X(EXISTS, 409, "case-exists", "another case was started for this subject and step", "该业务步骤已启动其他流程实例") \
    X(EVENT, 409, "event-refused", "the case does not take this event now", "流程实例当前不接受此事件") \
    X(SAME_PACK, 409, "same-pack", "the case runs by the pack in force already", "流程实例已按现行配置包运行") \
    X(NO_PLACE, 409, "no-place", "something of the case has no place in the newer process", "流程实例中有在新版流程里无处安放的环节") \
    X(AMBIGUOUS, 409, "message-ambiguous", "more than one case awaits this message; name the case", "等待此消息的流程实例不止一个，请指明实例") \
    X(DAMAGED, 500, "case-damaged", "the stored case cannot be read", "已存储的流程实例无法读取") \
    X(STORE, 500, "store", "the database failed", "数据库故障") \
    X(NO_MEMORY, 503, "too-busy", "memory is short", "内存不足")
// clang-format on

enum process_status {
#define X(name, http, slug, english, chinese) PROCESS_##name,
    PROCESS_STATUS_LIST(X)
#undef X
        PROCESS_STATUS_COUNT
};

unsigned process_status_http(enum process_status status);
const char *process_status_slug(enum process_status status);
const char *process_status_text(enum process_status status, bool chinese);

#endif
