# Which build of torch to install; sourced by make_env.sh and lock.sh, which set PYTHON_IN_VENV.
# On Linux the plain package index carries torch built for CUDA: 3 GB with what it needs, against 200 MB for the CPU
# build, which only PyTorch's own index carries. macOS has one build, which needs no CUDA.
TORCH=${TORCH:-cpu}
TORCH_CPU_INDEX=https://download.pytorch.org/whl/cpu

check_torch_choice() {
    case $TORCH in
    cpu | cuda) ;;
    *) stop "TORCH is '$TORCH', but must be cpu or cuda: make env TORCH=cpu" ;;
    esac
}

# Usage: cpu_build_available VERSION. Fails within seconds where the index cannot be reached.
cpu_build_available() {
    "$PYTHON_IN_VENV" -m pip index versions torch --index-url "$TORCH_CPU_INDEX" \
        --timeout 5 --retries 0 --no-input 2>/dev/null | grep -qF "$1+cpu"
}
