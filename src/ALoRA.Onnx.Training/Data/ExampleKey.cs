namespace ALoRA.Onnx.Training.Data;

/// <summary>Compares examples by their ids and the place of the completion: who has both equal says the same.</summary>
internal sealed class ExampleKey : IEqualityComparer<TrainingExample>
{
    public bool Equals(TrainingExample? x, TrainingExample? y) =>
        x is not null && y is not null && x.CompletionStart == y.CompletionStart && x.Ids.Span.SequenceEqual(y.Ids.Span);

    public int GetHashCode(TrainingExample obj)
    {
        HashCode hash = default;
        hash.AddBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(obj.Ids.Span));
        return hash.ToHashCode();
    }
}
