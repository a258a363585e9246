using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Patterns;

/// <summary>What a matcher learned about one text, and how many steps it has taken in it.</summary>
internal sealed class PatternMemory(PatternProgram program, bool rememberAlways)
{
    // An ordinary pattern takes a few dozen steps a character; beyond this many it is worth while to remember states.
    private const long FreeSteps = 2_000;
    private const long FreeStepsPerUnit = 200;
    private const long MaxSteps = 20_000_000;
    private const long MaxStepsPerUnit = 300;
    private const long MaxStates = 1L << 27;
    private readonly RunMemory[] _runs = new RunMemory[program.RunCount];
    private int _width;
    private long _steps;
    private long _nextLimit;
    private ulong[]? _failed;
    private ulong[]? _succeeded;

    public bool IsOn => _failed is not null;

    public void Start(int textLength)
    {
        Array.Fill(_runs, new RunMemory { ExtentStart = -1, ExtentEnd = -1, FailedEnd = -1 });
        _width = textLength + 1;
        _steps = 0;
        _nextLimit = rememberAlways ? 0 : FreeSteps + (FreeStepsPerUnit * textLength);
        _failed = null;
        _succeeded = null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CountSteps(int count)
    {
        _steps += count;
        if (_steps > _nextLimit)
        {
            OnLimit();
        }
    }

    public int StateOf(int choice, int position) => (choice * _width) + position;

    public bool HasFailed(int state) => Get(_failed!, state);

    public bool HasSucceeded(int state) => Get(_succeeded!, state);

    public void MarkFailed(int state) => Set(_failed!, state);

    public void MarkSucceeded(int state) => Set(_succeeded!, state);

    public bool TryGetExtent(int run, int position, out int end)
    {
        end = _runs[run].ExtentEnd;
        return position <= end && position >= _runs[run].ExtentStart;
    }

    public int ExtentStart(int run) => _runs[run].ExtentStart;

    public int ExtentEnd(int run) => _runs[run].ExtentEnd;

    public void SetExtent(int run, int start, int end)
    {
        _runs[run].ExtentStart = start;
        _runs[run].ExtentEnd = end;
    }

    /// <summary>Whether leaving a run at a position led nowhere, and the first position of the stretch of which this is known.</summary>
    public bool HasExitFailed(int run, int position, out int first)
    {
        first = _runs[run].FailedStart;
        return position >= first && position <= _runs[run].FailedEnd;
    }

    /// <summary>Leaving a run anywhere from <paramref name="first"/> to <paramref name="last"/> led nowhere.</summary>
    public void MarkExitsFailed(int run, int first, int last)
    {
        ref RunMemory memory = ref _runs[run];
        bool joins = first <= memory.FailedEnd + 1 && last >= memory.FailedStart - 1;
        memory.FailedStart = joins ? Math.Min(memory.FailedStart, first) : first;
        memory.FailedEnd = joins ? Math.Max(memory.FailedEnd, last) : last;
    }

    private void OnLimit()
    {
        long last = MaxSteps + (MaxStepsPerUnit * _width);
        if (_steps > last)
        {
            throw new InvalidOperationException(
                $"The tokenizer's pattern '{program.Source}' took more than {last} steps on a text of {_width - 1} characters. "
                + "Split the text, or use a simpler pattern.");
        }

        _nextLimit = last;
        long states = ((long)program.ChoiceCount + program.RunCount) * _width;
        if (states is > 0 and <= MaxStates)
        {
            _failed = new ulong[(states + 63) / 64];
            _succeeded = new ulong[(states + 63) / 64];
        }
    }

    private static bool Get(ulong[] bits, int index) => ((bits[index >> 6] >> (index & 63)) & 1) != 0;

    private static void Set(ulong[] bits, int index) => bits[index >> 6] |= 1UL << (index & 63);

    // Extent: the last stretch the run's set covered. Failed: positions from which leaving the run led nowhere.
    private struct RunMemory
    {
        public int ExtentStart;
        public int ExtentEnd;
        public int FailedStart;
        public int FailedEnd;
    }
}
