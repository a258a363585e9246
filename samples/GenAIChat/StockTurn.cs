using ALoRA.Onnx;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace GenAIChat;

/// <summary>One turn of a chat in ONNX Runtime GenAI: prompt, the base's answer, and what an aLoRA says about both.</summary>
internal sealed class StockTurn : IDisposable
{
    // Room behind the answer for the end of its message, an intrinsic's invocation and its answer.
    private const int IntrinsicRoom = 128;

    private readonly StockModel _model;
    private readonly Generator _generator;
    private readonly HashSet<int> _endTokens;
    private readonly int _maxTokens;

    /// <param name="model">The model, which outlives the turn.</param>
    /// <param name="prompt">
    /// Ids of the whole conversation so far: an adapter can't be taken out of a generator, so each turn has a new one.
    /// </param>
    /// <param name="endTokens">Ids that end an answer.</param>
    /// <param name="maxTokens">Most ids of the answer.</param>
    public StockTurn(StockModel model, ReadOnlySpan<int> prompt, IEnumerable<int> endTokens, int maxTokens)
    {
        _model = model;
        _endTokens = [.. endTokens];
        _maxTokens = maxTokens;
        _generator = model.CreateGenerator(prompt.Length + maxTokens + IntrinsicRoom);
        _generator.AppendTokens(prompt);
    }

    /// <summary>The base's answer, without the id that ends it.</summary>
    /// <param name="write">Receives the text as it comes.</param>
    public List<int> Answer(Action<string> write)
    {
        using TokenizerStream stream = _model.CreateStream();
        return Generate(_maxTokens, id => write(stream.Decode(id)));
    }

    /// <summary>An aLoRA's answer to a conversation that begins with this turn's prompt.</summary>
    /// <param name="adapter">Manifest of the adapter.</param>
    /// <param name="conversation">Ids with the answer in it.</param>
    /// <param name="maxTokens">Most ids of the adapter's answer.</param>
    public List<int> Invoke(AdapterManifest adapter, ReadOnlySpan<int> conversation, int maxTokens)
    {
        int[] all = [.. conversation, .. adapter.InvocationTokens];
        int firstAdapted = conversation.Length + adapter.ActivationOffset;
        int computed = Math.Min(_generator.GetSequence(0).CommonPrefixLength(all), firstAdapted);
        if ((ulong)computed < _generator.TokenCount())
        {
            _generator.RewindTo((ulong)computed);
        }

        if (computed < firstAdapted)
        {
            _generator.AppendTokens(all.AsSpan(computed, firstAdapted - computed));
        }

        _model.Activate(_generator, adapter.Name, adapter.WeightsFile);
        _generator.AppendTokens(all.AsSpan(firstAdapted));
        return Generate(maxTokens, _ => { });
    }

    public void Dispose() => _generator.Dispose();

    private List<int> Generate(int maxTokens, Action<int> generated)
    {
        List<int> ids = [];
        while (ids.Count < maxTokens && !_generator.IsDone())
        {
            _generator.GenerateNextToken();
            int id = _generator.GetNextTokens()[0];
            if (_endTokens.Contains(id))
            {
                break;
            }

            ids.Add(id);
            generated(id);
        }

        return ids;
    }
}
