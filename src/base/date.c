#include "base/date.h"

static bool is_leap_year(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

date_days date_from_civil(int year, int month, int day)
{
    /* Years that begin in March put the leap day at their end. */
    const int y = month <= 2 ? year - 1 : year;
    const int era = (y >= 0 ? y : y - 399) / 400;
    const int year_of_era = y - era * 400;
    const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

void date_to_civil(date_days date, int *ret_year, int *ret_month, int *ret_day)
{
    const int z = date + 719468;
    const int era = (z >= 0 ? z : z - 146096) / 146097;
    const int day_of_era = z - era * 146097;
    const int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int shifted = (5 * day_of_year + 2) / 153;
    const int month = shifted < 10 ? shifted + 3 : shifted - 9;

    *ret_year = year_of_era + era * 400 + (month <= 2);
    *ret_month = month;
    *ret_day = day_of_year - (153 * shifted + 2) / 5 + 1;
}

/* Reads `count` decimal digits at `text`. */
static bool digits_read(const char *text, size_t count, int *ret_value)
{
    int value = 0;

    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        value = value * 10 + (text[i] - '0');
    }
    *ret_value = value;
    return true;
}

bool date_parse(struct slice text, date_days *ret_date)
{
    int year;
    int month;
    int day;

    if (text.size != 10 || text.data[4] != '-' || text.data[7] != '-' ||
        !digits_read(text.data, 4, &year) || !digits_read(text.data + 5, 2, &month) ||
        !digits_read(text.data + 8, 2, &day)) {
        return false;
    }
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) {
        return false;
    }
    *ret_date = date_from_civil(year, month, day);
    return true;
}

/* Reads what stands behind the seconds: a fraction and the offset. */
static bool time_tail_parse(struct slice tail, int64_t *ret_us)
{
    int64_t us = 0;

    if (tail.size > 0 && tail.data[0] == '.') {
        size_t count = 0;
        int64_t scale = US_PER_SECOND;

        tail = slice_of(tail.data + 1, tail.size - 1);
        while (count < tail.size && tail.data[count] >= '0' && tail.data[count] <= '9') {
            scale /= 10;
            us += (tail.data[count] - '0') * scale;
            count++;
        }
        if (count == 0 || count > 9) {
            return false;
        }
        tail = slice_of(tail.data + count, tail.size - count);
    }
    *ret_us = us;
    return slice_equal_ascii_case(tail, SLICE("Z")) || slice_equal(tail, SLICE("+00:00")) ||
           slice_equal(tail, SLICE("-00:00"));
}

bool time_parse(struct slice text, time_us *ret_time)
{
    date_days date;
    int hour;
    int minute;
    int second;
    int64_t us;

    if (text.size < 20 || !date_parse(slice_of(text.data, 10), &date)) {
        return false;
    }
    const char *p = text.data + 10;
    if ((p[0] != 'T' && p[0] != 't') || p[3] != ':' || p[6] != ':' ||
        !digits_read(p + 1, 2, &hour) || !digits_read(p + 4, 2, &minute) ||
        !digits_read(p + 7, 2, &second) ||
        !time_tail_parse(slice_of(text.data + 19, text.size - 19), &us)) {
        return false;
    }
    if (hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    *ret_time = (int64_t)date * US_PER_DAY +
                (int64_t)(hour * 3600 + minute * 60 + second) * US_PER_SECOND + us;
    return true;
}

static void digits_write(char *text, size_t count, int value)
{
    for (size_t i = count; i > 0; i--) {
        text[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
}

void date_write(struct buffer *buffer, date_days date)
{
    char text[10] = "0000-00-00";
    int year;
    int month;
    int day;

    date_to_civil(date, &year, &month, &day);
    digits_write(text, 4, year);
    digits_write(text + 5, 2, month);
    digits_write(text + 8, 2, day);
    buffer_append(buffer, slice_of(text, sizeof(text)));
}

date_days time_to_date(time_us time)
{
    return (date_days)((time >= 0 ? time : time - (US_PER_DAY - 1)) / US_PER_DAY);
}

void time_write(struct buffer *buffer, time_us time)
{
    const date_days date = time_to_date(time);
    const int64_t in_day = time - (int64_t)date * US_PER_DAY;
    const int seconds = (int)(in_day / US_PER_SECOND);
    const int us = (int)(in_day % US_PER_SECOND);
    char text[9] = "T00:00:00";
    char fraction[7] = ".000000";

    date_write(buffer, date);
    digits_write(text + 1, 2, seconds / 3600);
    digits_write(text + 4, 2, seconds / 60 % 60);
    digits_write(text + 7, 2, seconds % 60);
    buffer_append(buffer, slice_of(text, sizeof(text)));
    if (us != 0) {
        digits_write(fraction + 1, 6, us);
        buffer_append(buffer, slice_of(fraction, us % 1000 == 0 ? 4 : 7));
    }
    buffer_append_byte(buffer, 'Z');
}
