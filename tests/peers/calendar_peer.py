"""Checks working days and periods against the package `chinesecalendar`, day by day from 2024 to 2026.

    python3 tests/peers/calendar_peer.py

builds `app/relief/examples/working_days.rs` and puts questions to it for every day of the three years. The package has
its own list of holidays and make-up days; what is counted from them is counted here again, a day at a time, with nothing
shared with the crate.

The last line says how many checks held; the exit code is 0 only if all did.
"""

import calendar
import datetime
import pathlib
import subprocess
import sys

import chinese_calendar

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIRST, LAST = datetime.date(2024, 1, 1), datetime.date(2026, 12, 31)
LIMITS = [1, 3, 10, 15, 20, 30, 45]  # every limit in working days that a rule has, and the next day
MONTHS = [3, 6, 12]
DAY = datetime.timedelta(days=1)
SHOWN_MAX = 20  # failures of one name that are printed; more add nothing


def days():
    day = FIRST
    while day <= LAST:
        yield day
        day += DAY


WORKING = {day: chinese_calendar.is_workday(day) for day in days()}


def is_working(day):
    """What the package says; None past its last year, which is ours too."""
    return WORKING.get(day)


def nth_working_day(start, n):
    day = start
    while n > 0:
        day += DAY
        working = is_working(day)
        if working is None:
            return None
        n -= working
    return day


def rolled(day, step):
    """The day itself or the next working day in the direction of `step`."""
    while is_working(day) is False:
        day += step
    return None if is_working(day) is None else day


def months_later(start, n):
    month = start.month - 1 + n
    year, month = start.year + month // 12, month % 12 + 1
    return datetime.date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def questions():
    """Each question with its name and the answer expected; None where the package knows no answer, so that ours must
    say that it is provisional."""
    before = {}
    count = 0
    for day in days():
        count += is_working(day)
        before[day] = count
    for day in days():
        yield "the kind of a day", f"kind {day}", "working" if is_working(day) else "off"
        for n in LIMITS:
            due = nth_working_day(day, n)
            yield "working days after a day", f"add {day} {n}", due
            if due is not None:
                yield "working days left", f"left {day} {due}", str(before[due] - before[day])
        yield "the end of a notice", f"notice {day} 7", rolled(day + 7 * DAY, DAY)
        for n in MONTHS:
            yield "the end of months", f"months {day} {n}", rolled(months_later(day, n), DAY)
        if (earlier := rolled(day, -DAY)) is not None:
            yield "the working day before a rest day", f"earlier {day}", earlier


def main():
    command = ["cargo", "run", "--quiet", "-p", "relief", "--example", "working_days"]
    asked = list(questions())
    lines = "".join(f"{question}\n" for _, question, _ in asked)
    done = subprocess.run(command, cwd=ROOT, input=lines, capture_output=True, text=True, check=True)
    answers = done.stdout.splitlines()
    if len(answers) != len(asked):
        sys.exit(f"{len(answers)} answers to {len(asked)} questions")
    held, failed = {}, {}
    for (name, question, expected), answer in zip(asked, answers):
        holds = answer.endswith(" provisional") if expected is None else answer == str(expected)
        counts = held if holds else failed
        counts[name] = counts.get(name, 0) + 1
        if not holds and failed[name] <= SHOWN_MAX:
            print(f"FAILED: {question}: {answer}, expected {expected or 'something provisional'}")
    for name, times in held.items():
        print(f"{times:6}  {name}")
    print(f"{sum(held.values())} checks held, {sum(failed.values())} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
