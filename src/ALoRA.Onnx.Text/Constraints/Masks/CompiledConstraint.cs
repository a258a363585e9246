using System.Collections.Concurrent;
using ALoRA.Onnx.Constraints.Automata;

namespace ALoRA.Onnx.Constraints.Masks;

/// <summary>A program together with a vocabulary: lends machines, which keep their masks from one text to the next. Thread-safe.</summary>
internal sealed class CompiledConstraint(ByteProgram program, ConstraintVocabulary vocabulary)
{
    private static readonly int MaxIdle = Environment.ProcessorCount;
    private readonly ConcurrentBag<ConstraintMachine> _idle = [];

    /// <summary>A machine at the start of a text; to be given back.</summary>
    public ConstraintMachine Rent()
    {
        if (!_idle.TryTake(out ConstraintMachine? machine))
        {
            machine = new ConstraintMachine(program, vocabulary);
        }

        machine.Begin();
        return machine;
    }

    /// <summary>Takes a machine back.</summary>
    public void Return(ConstraintMachine machine)
    {
        if (_idle.Count < MaxIdle)
        {
            _idle.Add(machine);
        }
    }
}
