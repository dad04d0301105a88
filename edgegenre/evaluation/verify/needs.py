"""What the engines that `verify` compares need on this machine, and the commands that install it."""

import importlib
from dataclasses import dataclass

from edgegenre.errors import ExportError
from edgegenre.runtime.compile_c import host_compiler


@dataclass(frozen=True, kw_only=True)
class PythonModule:
    """A module that can be imported."""

    name: str
    install: str

    def present(self) -> bool:
        """Whether it is there, and fit for this Python."""
        try:
            importlib.import_module(self.name)
        except ImportError:
            return False
        return True


@dataclass(frozen=True, kw_only=True)
class CCompiler:
    """A C compiler for this very machine."""

    install: str = "apt-get install gcc"

    def present(self) -> bool:
        """Whether $CC, or else cc, gcc or clang, is there."""
        try:
            host_compiler()
        except ExportError:
            return False
        return True


Need = PythonModule | CCompiler

ONNXRUNTIME = PythonModule(name="onnxruntime", install="pip install 'edgegenre[onnxruntime]'")
LITERT = PythonModule(name="ai_edge_litert.interpreter", install="pip install 'edgegenre[litert]'")
TENSORFLOW = PythonModule(name="tensorflow.lite.python.interpreter", install="pip install 'edgegenre[tensorflow]'")
TFLITE_RUNTIME = PythonModule(name="tflite_runtime.interpreter", install="pip install tflite-runtime 'numpy<2'")
ONNX_PACKAGE = PythonModule(name="onnx", install="pip install 'edgegenre[export]'")
C_COMPILER = CCompiler()
