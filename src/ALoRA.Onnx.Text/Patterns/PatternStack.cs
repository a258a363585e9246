using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Patterns;

/// <summary>What a matcher does when it has to back up.</summary>
internal sealed class PatternStack
{
    private Frame[] _frames = new Frame[64];

    public enum FrameKind
    {
        /// <summary>Goes on at instruction A, position B.</summary>
        Choice,

        /// <summary>The greedy run at instruction A gives back from C down to B; D is where it began to.</summary>
        GiveBack,

        /// <summary>The lazy run at instruction A takes more, from C up to D.</summary>
        TakeMore,

        /// <summary>Slot A gets value B back.</summary>
        Restore,

        /// <summary>State A has no alternatives left.</summary>
        Exhausted,
    }

    public int Count { get; set; }

    public int Capacity => _frames.Length;

    public ref Frame Top => ref _frames[Count - 1];

    public Frame this[int index] => _frames[index];

    public void PushChoice(int pc, int position) => Push(new Frame(FrameKind.Choice, pc, position, 0, 0));

    public void PushGiveBack(int pc, int least, int end) => Push(new Frame(FrameKind.GiveBack, pc, least, end, end));

    public void PushTakeMore(int pc, int position, int end) => Push(new Frame(FrameKind.TakeMore, pc, 0, position, end));

    public void PushRestore(int slot, int value) => Push(new Frame(FrameKind.Restore, slot, value, 0, 0));

    public void PushExhausted(int state) => Push(new Frame(FrameKind.Exhausted, state, 0, 0, 0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Push(Frame frame)
    {
        if (Count == _frames.Length)
        {
            Array.Resize(ref _frames, _frames.Length * 2);
        }

        _frames[Count++] = frame;
    }

    public record struct Frame(FrameKind Kind, int A, int B, int C, int D);
}
