using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Serving.Requests;

namespace ALoRA.Onnx.Serving.Batching;

/// <summary>The adapters of a step, and the table that they lie in. Not thread-safe.</summary>
/// <param name="tables">Chooses the table.</param>
internal sealed class StepAdapters(TableChoice tables)
{
    private readonly List<Adapter> _writers = [];

    /// <summary>Chooses the table of a step.</summary>
    /// <param name="requests">All requests that rows are computed of.</param>
    /// <returns>Whether all rows can be computed by it, or there is no adapter among them.</returns>
    public bool Choose(List<LiveRequest> requests)
    {
        _writers.Clear();
        foreach (LiveRequest request in requests)
        {
            int last = request.Tokens.Computed + request.NextTokens - 1;
            if (request.WriterAt(last) is Adapter writer && !_writers.Contains(writer))
            {
                _writers.Add(writer);
            }
        }

        tables.Choose(_writers);
        return _writers.Count == 0 || tables.Chosen is not null;
    }
}
