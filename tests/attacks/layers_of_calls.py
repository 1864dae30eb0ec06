"""What the refusal of system calls holds off, group by group."""

from autograder.sandbox.inside.layers import Layer, refusals

from .shown import CONNECTION, FORK, IN_A_USER_NAMESPACE, LOCK, NETWORK, Shown

CALLS = (
    Shown(FORK, "a process", "os.fork() or os._exit(0)", succeeds=2, held="EAGAIN"),
    Shown(
        refusals("exec"),
        "another program",
        "os.execv('/usr/bin/env', ['env'])",
        succeeds="died",
        held="EPERM",
        partners=(Layer.LANDLOCK,),
    ),
    Shown(
        Layer.LANDLOCK, "another program", "os.execv('/usr/bin/env', ['env'])", succeeds="died", held="EACCES", partners=(refusals("exec"),)
    ),
    Shown(
        refusals("namespaces"),
        "a namespace in which it has every capability",
        "kernel.unshare(kernel.Namespace.USER) or kernel.set_dumpable(True) or kernel.unshare(kernel.Namespace.NETWORK)",
        held="EPERM",
    ),
    Shown(
        refusals("tracing"),
        "a descriptor of the grader",
        "socket.socket(fileno=os.dup(3)).getsockopt(socket.SOL_SOCKET, 77) > 3",
        succeeds=True,
        held="EPERM",
        lacking="ENOPROTOOPT",
    ),
    Shown(
        refusals("tracing"),
        "the memory of another box",
        """
        def neighbour():
            global answer
            answer = ctypes.create_string_buffer(b"the answer")
            return [os.getpid(), ctypes.addressof(answer)]

        def attack(neighbour):
            process, address = neighbour
            seen = ctypes.create_string_buffer(10)
            here, there = ((ctypes.c_uint64 * 2)(place, 10) for place in (ctypes.addressof(seen), address))
            kernel.call("process_vm_readv", process, here, 1, there, 1, 0)
            return seen.raw.decode()
        """,
        succeeds="the answer",
        held="EPERM",
        partners=(Layer.USER_NAMESPACE, *IN_A_USER_NAMESPACE, Layer.LANDLOCK),
    ),
    Shown(
        refusals("meeting"),
        "a lock that another box feels",
        LOCK.format(path="/usr/bin/env", mode="r", lock="flock"),
        succeeds="EAGAIN",
        held="EPERM",
    ),
    Shown(
        refusals("meeting"),
        "a lock on the one /dev/null there is",
        LOCK.format(path="/dev/null", mode="w", lock="lockf"),
        succeeds="EAGAIN",
        held="EPERM",
    ),
    Shown(
        refusals("meeting"),
        "a sleeper in another box, woken on a page of a file that both see",
        """
        FUTEX = 202 if os.uname().machine == "x86_64" else 98

        def page():
            file = os.open("/usr/bin/env", os.O_RDONLY)
            return ctypes.c_void_p(libc.mmap(None, 4096, mmap.PROT_READ, mmap.MAP_SHARED, file, ctypes.c_long(0)))

        def sleep():
            address = page()
            libc.syscall(ctypes.c_long(FUTEX), address, 0, ctypes.c_int.from_address(address.value), struct.pack("qq", 20, 0))

        def neighbour():
            threading.Thread(target=sleep, daemon=True).start()
            time.sleep(0.1)

        def attack(_):
            return libc.syscall(ctypes.c_long(FUTEX), page(), 1, 1)
        """,
        succeeds=1,
        held=0,
    ),
    Shown(
        refusals("terminal"),
        "a driver for a terminal",
        "fcntl.ioctl(os.open('/dev/ptmx', os.O_RDWR), 0x5423, struct.pack('i', 0)) and None",
        held="EPERM",
        partners=(Layer.LANDLOCK,),
    ),
    Shown(NETWORK, "a talk with the kernel about its network", "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close()", held="EPERM"),
    Shown(NETWORK, "a name among the machine's own", "socket.socket(fileno=os.dup(3)).bind(f'\\0{time.monotonic_ns()}')", held="EPERM"),
    Shown(
        NETWORK,
        "the machine's address, of the socket that came from there",
        "len(fcntl.ioctl(3, 0x8912, struct.pack('iP', 40, ctypes.addressof(ctypes.create_string_buffer(40)))))",
        succeeds=16,
        held="EPERM",
    ),
    Shown(NETWORK, "a connection to another box", CONNECTION, held="EPERM", partners=(Layer.NETWORK_NAMESPACE, Layer.LANDLOCK)),
    Shown(
        refusals("keys"),
        "a word that the kernel keeps for another box",
        """
        USERS_KEYRING, SETPERM, READ = -4, 5, 11

        def neighbour():
            key = kernel.call("add_key", b"user", b"word", b"hello", 5, USERS_KEYRING)
            kernel.call("keyctl", SETPERM, key, 0x3F3F0000)
            return key

        def attack(key):
            seen = ctypes.create_string_buffer(5)
            kernel.call("keyctl", READ, key, seen, 5)
            return seen.raw.decode()
        """,
        succeeds="hello",
        held="EPERM",
        lacking="ENOSYS",
    ),
    Shown(
        refusals("kernel"), "memory at addresses that can be foretold", "kernel.call('personality', 0x0040000)", succeeds=0, held="EPERM"
    ),
    Shown(
        refusals("kernel"),
        "rules without end, which the kernel keeps",
        """
        def attack():
            rules = kernel.call("landlock_create_ruleset", (ctypes.c_uint64 * 3)(0, 3, 0), 24, 0)
            for port in range(10_000):
                kernel.call("landlock_add_rule", rules, 2, (ctypes.c_uint64 * 2)(1, port), 0)
        """,
        held="EPERM",
        landlock=4,
    ),
    Shown(
        refusals("kernel"),
        "a program for the kernel to compile",
        """
        def attack():
            take_all = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0xFFFF))
            program = struct.pack("HxxxxxxP", 1, ctypes.addressof(take_all))
            socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, 26, program)
        """,
        held="EPERM",
    ),
    Shown(
        refusals("kernel"),
        "urgent data",
        "(lambda pair: pair[0].send(b'!', socket.MSG_OOB))(socket.socketpair())",
        succeeds=1,
        held="ENOTSUP",
    ),
    Shown(
        refusals("clocks"), "the kernel's answer about its clock", "kernel.call('adjtimex', (ctypes.c_char * 256)()) and None", held="EPERM"
    ),
    Shown(
        refusals("modules"),
        "a shutdown, of its own namespace at least",
        "kernel.call('reboot', 0xFEE1DEAD, 672274793, 0x4321FEDC, None)",
        succeeds="died",
        held="EPERM",
        partners=(Layer.CAPABILITIES,),
    ),
    Shown(
        refusals("scheduling"),
        "less of the processor for another box",
        """
        def priority():
            return os.getpriority(os.PRIO_PROCESS, 0)

        def neighbour():
            global before
            before = priority()

        def attack(_):
            try:
                os.setpriority(os.PRIO_USER, os.getuid(), priority() + 1)
            except PermissionError:
                pass

        def after():
            return priority() - before
        """,
        succeeds=1,
        held=0,
        partners=(Layer.PID_NAMESPACE, Layer.OWN_PROC),
    ),
    Shown(
        refusals("architecture"),
        "a process, by a call that means another on this machine",
        """
        def attack():
            code = bytes.fromhex("b802000000" "cd80" "c3")  # fork, as an 80386 asks for it
            memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
            memory.write(code)
            fork = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))
            return fork() or os._exit(0)
        """,
        succeeds=2,
        held="died",
        lacking="died",
    ),
)
