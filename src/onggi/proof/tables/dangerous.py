"""What is known to be dangerous, in words for people.

This list only explains a refusal, it never causes one: what no row of the tables and no word of the reader's grants is
refused, listed here or not. It names what an attack would want to call, and nothing that an honest object needs, since
a pickle that mentions one of these is called hostile.

A name that ends in a dot stands for all that begins with it.
"""

from __future__ import annotations

from functools import cache
from typing import Final

__all__ = ["explain"]

_RUNS_COMMANDS: Final = "it runs a command of the operating system"
_RUNS_CODE: Final = "it runs Python code that the pickle carries"
_IMPORTS: Final = "it imports any module, which runs that module's code"
_UNPICKLES: Final = "it unpickles bytes or files that nobody has checked"
_FILES: Final = "it reads, writes or deletes files"
_NETWORK: Final = "it connects to the network"
_MEMORY: Final = "it reaches the memory of the process"
_PROCESSES: Final = "it starts or ends processes or threads"
_ATTRIBUTES: Final = "it reads or changes attributes of anything, classes and modules too"
_CALLS: Final = "it calls whatever it is given"
_CHANGES: Final = "it changes how the whole program imports, warns, logs, traces or exits"
_TERMINAL: Final = "it takes over the terminal, a browser or a display"

_KINDS: Final[dict[str, str]] = {
    _RUNS_COMMANDS: """
        os.system os.popen os.popen2 os.popen3 os.popen4 os.startfile os.execl os.execle os.execlp os.execlpe
        os.execv os.execve os.execvp os.execvpe os.spawnl os.spawnle os.spawnlp os.spawnlpe os.spawnv os.spawnve
        os.spawnvp os.spawnvpe os.posix_spawn os.posix_spawnp posix.system posix.popen posix.execv posix.execve
        posix.posix_spawn posix.posix_spawnp nt.system nt.popen nt.startfile nt.execv nt.execve nt.spawnv nt.spawnve
        subprocess.Popen subprocess.call subprocess.check_call subprocess.check_output subprocess.getoutput
        subprocess.getstatusoutput subprocess.run _posixsubprocess. _winapi.CreateProcess commands.getoutput
        commands.getstatusoutput popen2. pty. asyncio.subprocess. asyncio.create_subprocess_exec
        asyncio.create_subprocess_shell asyncio.unix_events. asyncio.windows_events. asyncio.base_subprocess.
        distutils.spawn. distutils.ccompiler. distutils.unixccompiler. setuptools._distutils. platform.popen
        platform._syscmd_ver platform._syscmd_file ctypes.util. uuid._get_command_stdout uuid._popen
        uuid._ifconfig_getnode webbrowser. antigravity. idlelib. lib2to3. pip. ensurepip. venv. CGIHTTPServer.
        http.server. numpy.distutils. numpy.f2py. numpy.testing. scipy.weave. torch.utils.cpp_extension.
        torch.utils.collect_env. torch._inductor.codecache. nltk.internals. pexpect. ptyprocess.
    """,
    _RUNS_CODE: """
        builtins.eval builtins.exec builtins.execfile builtins.compile builtins.input builtins.raw_input
        builtins.breakpoint __builtin__.eval __builtin__.execfile __builtin__.compile __builtin__.input
        builtins.__build_class__ code.interact code.InteractiveConsole code.InteractiveInterpreter codeop.
        types.CodeType types.FunctionType types.LambdaType types.new_class marshal. runpy. doctest. pydoc.
        rlcompleter. py_compile. compileall. zipapp. timeit. cProfile. profile.Profile profile.run profile.runctx
        trace.Trace bdb. pdb. hotshot. typing.get_type_hints dataclasses.make_dataclass dataclasses._create_fn
        inspect.get_annotations logging.config. sympy.sympify sympy.core.sympify. sympy.parsing. numexpr.
        pandas.eval pandas.core.computation. pandas.DataFrame.eval pandas.DataFrame.query
        pandas.core.frame.DataFrame.eval pandas.core.frame.DataFrame.query torch.jit.unsupported_tensor_ops.
        torch._dynamo.guards. torch.utils._config_module. torch.utils.bottleneck.
        torch.fx.experimental.symbolic_shapes.ShapeEnv. yaml.load yaml.load_all yaml.unsafe_load
        yaml.unsafe_load_all yaml.full_load test.support.script_helper.
    """,
    _IMPORTS: """
        builtins.__import__ builtins.reload __builtin__.__import__ __builtin__.reload importlib.import_module
        importlib.reload importlib.__import__ importlib._bootstrap. importlib._bootstrap_external.
        importlib.machinery. importlib.util. importlib.abc. importlib.metadata.EntryPoint. imp. pkgutil. zipimport.
        modulefinder. site.addsitedir site.main sitecustomize. usercustomize. _imp. _frozen_importlib.
        _frozen_importlib_external. pkg_resources.load_entry_point pkg_resources.run_script
        django.utils.module_loading. torch.package. twisted.python.reflect. zope.dottedname.
        werkzeug.utils.import_string pydantic._internal._validators.import_string
    """,
    _UNPICKLES: """
        pickle.load pickle.loads pickle._load pickle._loads pickle.Unpickler pickle._Unpickler _pickle.load
        _pickle.loads _pickle.Unpickler cPickle. shelve. jsonpickle. cloudpickle.load cloudpickle.loads dill.load
        dill.loads dill._dill.load dill._dill.loads joblib.load joblib.numpy_pickle.load pandas.read_pickle
        pandas.io.pickle. numpy.load numpy.lib.npyio.load numpy.lib._npyio_impl.load numpy.lib.format. torch.load
        torch.hub. torch.serialization.load torch.jit.load keras.models.load_model
        tensorflow.keras.models.load_model sklearn.externals.joblib.load compress_pickle. hickle. klepto.
        pickletools. scipy.io.loadmat
    """,
    _FILES: """
        builtins.open builtins.file __builtin__.open __builtin__.file io.open io.open_code io.FileIO io.OpenWrapper
        _io.open _io.open_code _io.FileIO _pyio.open _pyio.FileIO codecs.open os.remove os.unlink os.rename
        os.renames os.replace os.rmdir os.removedirs os.mkdir os.makedirs os.mkfifo os.mknod os.link os.symlink
        os.chmod os.chown os.lchown os.open os.fdopen os.read os.write os.truncate os.ftruncate os.sendfile
        os.listdir os.scandir os.walk os.fwalk os.chdir os.chroot os.putenv os.unsetenv os.environ os.getenv
        posix.open posix.remove posix.unlink posix.rename posix.mkdir posix.rmdir posix.environ nt.open nt.remove
        nt.unlink nt.rename nt.mkdir shutil.rmtree shutil.copy shutil.copy2 shutil.copyfile shutil.copytree
        shutil.move shutil.make_archive shutil.unpack_archive shutil.chown tempfile. fileinput. linecache. filecmp.
        glob. mmap. dbm. anydbm. whichdb. sqlite3.connect sqlite3.dbapi2.connect _sqlite3.connect tarfile.open
        tarfile.TarFile zipfile.ZipFile zipfile.PyZipFile gzip.open gzip.GzipFile bz2.open bz2.BZ2File lzma.open
        lzma.LZMAFile pathlib.Path. pathlib.PosixPath. pathlib.WindowsPath. numpy.save numpy.savez
        numpy.savez_compressed numpy.savetxt numpy.fromfile numpy.loadtxt numpy.genfromtxt numpy.fromregex
        numpy.lib.npyio. numpy.lib._npyio_impl. numpy.DataSource numpy.lib._datasource. numpy.ndarray.tofile
        numpy.ndarray.dump pandas.read_csv pandas.read_sql pandas.read_html pandas.read_excel pandas.ExcelWriter
        pandas.HDFStore torch.save torch.from_file logging.FileHandler logging.handlers. logging.basicConfig
        mailbox.Maildir mailbox.mbox mailbox.MH mailcap. netrc.netrc distutils.file_util. distutils.dir_util.
        setuptools.archive_util. zoneinfo.ZoneInfo.from_file tokenize.open h5py.File tables.open_file
        xml.etree.ElementTree.parse xml.sax.parse xml.dom.minidom.parse xml.etree.ElementInclude. wave.open sndhdr.
        imghdr. aifc.open
    """,
    _NETWORK: """
        socket.socket socket.create_connection socket.create_server socket.getaddrinfo socket.gethostbyname
        _socket.socket _socket.getaddrinfo socketserver. SocketServer. ssl.wrap_socket ssl.get_server_certificate
        urllib.request. urllib.robotparser.RobotFileParser urllib.urlopen urllib.urlretrieve urllib2. httplib.
        http.client.HTTPConnection http.client.HTTPSConnection ftplib.FTP ftplib.FTP_TLS ftplib.ftpcp poplib.
        imaplib. nntplib.NNTP smtplib.SMTP smtplib.SMTP_SSL smtplib.LMTP telnetlib. xmlrpc.client.ServerProxy
        xmlrpc.server. xmlrpclib. smtpd. asyncore. asynchat. asyncio.open_connection asyncio.start_server
        requests.get requests.post requests.put requests.delete requests.head requests.request requests.api.
        urllib3.PoolManager httpx.get httpx.post httpx.Client aiohttp.ClientSession
        multiprocessing.connection.Client multiprocessing.connection.Listener multiprocessing.managers.BaseManager
        multiprocessing.managers.SyncManager
    """,
    _MEMORY: """
        ctypes.CDLL ctypes.PyDLL ctypes.WinDLL ctypes.OleDLL ctypes.LibraryLoader ctypes.cdll ctypes.pydll
        ctypes.windll ctypes.pythonapi ctypes.memmove ctypes.memset ctypes.string_at ctypes.wstring_at ctypes.cast
        ctypes.CFUNCTYPE ctypes.PYFUNCTYPE _ctypes.dlopen _ctypes.LoadLibrary _ctypes.call_function _ctypes.CFuncPtr
        _ctypes.PyObj_FromPtr _ctypes.Py_INCREF cffi. _cffi_backend. gc. _testcapi. _testinternalcapi.
        _xxsubinterpreters. _interpreters. numpy.ctypeslib. numpy.lib.stride_tricks.as_strided
        numpy.lib._stride_tricks_impl.as_strided faulthandler. resource.setrlimit
    """,
    _PROCESSES: """
        os.kill os.killpg os.abort os._exit os.fork os.forkpty os.nice os.setuid os.setgid posix.kill posix._exit
        posix.fork nt.kill nt._exit signal.signal signal.raise_signal signal.alarm signal.setitimer
        signal.pthread_kill _signal. _thread.start_new_thread _thread.interrupt_main thread.start_new_thread
        threading.Thread threading.Timer multiprocessing.Process multiprocessing.Pool multiprocessing.process.
        multiprocessing.pool.Pool multiprocessing.pool.ThreadPool multiprocessing.util. multiprocessing.spawn.
        multiprocessing.popen_fork. multiprocessing.popen_spawn_posix. multiprocessing.forkserver.
        multiprocessing.resource_tracker. concurrent.futures.process.ProcessPoolExecutor
        concurrent.futures.thread.ThreadPoolExecutor asyncio.run asyncio.runners. atexit. time.sleep
    """,
    _ATTRIBUTES: """
        builtins.setattr builtins.delattr builtins.vars builtins.globals builtins.locals builtins.dir
        __builtin__.setattr __builtin__.delattr __builtin__.globals __builtin__.locals __builtin__.vars
        inspect.getattr_static inspect.currentframe inspect.stack operator.setitem operator.delitem operator.call
        _operator.setitem _operator.delitem _operator.call sys.modules sys._getframe sys._current_frames
        types.ModuleType unittest.mock. pkgutil.resolve_name
    """,
    _CALLS: """
        builtins.apply __builtin__.apply functools.partialmethod functools.cmp_to_key itertools.starmap
        numpy.frompyfunc numpy.apply_along_axis numpy.apply_over_axes numpy.fromfunction
        numpy.piecewise contextlib.ExitStack copyreg.pickle copyreg.constructor copyreg.add_extension
        copy_reg.pickle asyncio.to_thread
    """,
    _CHANGES: """
        sys.exit sys.setrecursionlimit sys.path sys.meta_path sys.path_hooks sys.addaudithook sys.excepthook
        sys.settrace sys.setprofile builtins.exit builtins.quit builtins.help warnings.filterwarnings
        warnings.simplefilter logging.disable logging.shutdown locale.setlocale decimal.setcontext
        decimal.DefaultContext random.seed random._inst random.setstate socket.setdefaulttimeout codecs.register
        codecs.register_error
    """,
    _TERMINAL: """
        tkinter. Tkinter. turtle. turtledemo. curses. readline. getpass. cmd.Cmd msvcrt. winreg. _winreg. winsound.
        tty. termios. fcntl. ossaudiodev.
    """,
}


_MAX_PARTS: Final = 8


@cache
def _names() -> dict[str, str]:
    return {name: words for words, names in _KINDS.items() for name in names.split()}


def explain(module: str, name: str) -> str | None:
    """Say in plain words what a dangerous global does, or `None` where nothing is known against it.

    Args:
        module: Its module.
        name: Its qualified name.
    """
    names = _names()
    full = f"{module}.{name}"
    if full in names:
        return names[full]
    # No more than any entry has: a name may be a million dots.
    parts = full.split(".", _MAX_PARTS)
    for length in range(min(len(parts) - 1, _MAX_PARTS), 0, -1):
        words = names.get(".".join(parts[:length]) + ".")
        if words is not None:
            return words
    return None
