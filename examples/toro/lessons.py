# What lessons of Go stand beside: uses of Toro 0.5, for Tornado 3. See lesson.go.
from datetime import timedelta

import toro
from tornado import gen


@gen.coroutine
def fifo(items):
    q = toro.Queue(maxsize=2)

    @gen.coroutine
    def produce():
        for i in range(items):
            yield q.put(i)

    produce()
    got = []
    while len(got) < items:  # no close
        item = yield q.get()
        got.append(item)
    raise gen.Return(got)


@gen.coroutine
def urgent():
    q = toro.PriorityQueue()
    for j in [(2, 'c'), (1, 'z'),
              (1, 'a')]:
        yield q.put(j)
    got = []
    while not q.empty():
        _, name = yield q.get()
        got.append(name)
    raise gen.Return(got)  # a, z, c


def lifo(items):
    q = toro.LifoQueue()
    for i in range(items):
        q.put_nowait(i)
    got = []
    while True:
        try:
            got.append(q.get_nowait())
        except toro.Empty:
            return got


@gen.coroutine
def joined(items, workers):
    q = toro.JoinableQueue()
    done = []

    @gen.coroutine
    def work():
        while True:  # for ever
            item = yield q.get()
            done.append(item)
            q.task_done()

    for _ in range(workers):
        work()
    for i in range(items):
        q.put_nowait(i)
    yield q.join()
    raise gen.Return(len(done))


@gen.coroutine
def permits(visit, n):
    s = toro.Semaphore(2)

    @gen.coroutine
    def work():
        with (yield s.acquire()):
            yield visit()

    yield [work() for _ in range(n)]
    s.release()  # too many: now 3
    was = s.counter
    yield s.acquire()  # kept: 2
    raise gen.Return((was, s.counter))


@gen.coroutine
def bounded():
    s = toro.BoundedSemaphore(1)
    yield s.acquire()  # mine
    s.release()
    yield s.acquire()  # theirs
    s.release()  # I again: theirs
    try:
        s.release()
    except ValueError as said:
        raise gen.Return(said)


@gen.coroutine
def exclusive(visit, n):
    m = toro.Lock()

    @gen.coroutine
    def work():
        with (yield m.acquire()):
            yield visit()

    yield [work() for _ in range(n)]
    soon = timedelta(milliseconds=5)
    with (yield m.acquire()):
        try:
            yield m.acquire(soon)
        except toro.Timeout:
            pass


@gen.coroutine
def shared(read, write, n):
    m = toro.RWLock(n)  # Toro 1.0

    @gen.coroutine
    def reader():
        with (yield m.acquire_read()):
            yield read()

    @gen.coroutine
    def writer():
        with (yield m.acquire_write()):
            yield write()

    yield [reader() for _ in range(n)]
    yield [writer() for _ in range(n)]


@gen.coroutine
def started(n):
    start = toro.Event()
    through = []

    @gen.coroutine
    def run():
        yield start.wait()
        through.append(1)

    runs = [run() for _ in range(n)]
    start.set()
    yield runs
    start.clear()  # one waits again
    raise gen.Return(len(through))


@gen.coroutine
def changed(n):
    c = toro.Condition()
    state = {'ready': False}

    @gen.coroutine
    def wait():
        while not state['ready']:
            yield c.wait()

    waits = [wait() for _ in range(n)]
    state['ready'] = True
    c.notify_all()
    yield waits


@gen.coroutine
def answered(workers):
    answer = toro.AsyncResult()
    asked = [answer.get()
             for _ in range(workers)]
    answer.set('Ada')
    try:
        answer.set('Grace')
    except toro.AlreadySet:
        pass
    got = yield asked
    raise gen.Return(got)


@gen.coroutine
def deadline():
    q = toro.Queue()
    soon = timedelta(milliseconds=5)
    try:
        yield q.get(deadline=soon)
    except toro.Timeout:
        pass
    q.put_nowait('late')
    raise gen.Return(q.qsize())  # 1
