using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Serving.Bindings;
using ALoRA.Onnx.Serving.Requests;
using ALoRA.Onnx.Serving.Running;

namespace ALoRA.Onnx.Serving.Tests.Running;

/// <summary>
/// Says that rows are computed and chooses tokens at random, without a run of the model, and lets others act wherever another thread could.
/// </summary>
/// <param name="model">Whose generators choose.</param>
/// <param name="random">Decides what comes out, and who fails.</param>
/// <param name="interrupt">What others do.</param>
internal sealed class FakeComputer(LoadedModel model, Random random, Action interrupt) : IStepComputer, IDisposable
{
    private readonly FakeBatch _batch = new(model.Session);
    private List<KvCache> _caches = [];

    /// <summary>Of how many rows and runs one fails; 0 for none.</summary>
    public int FailsOnceIn { get; init; }

    /// <summary>Whether a step is one run, of several tokens of short prompts too, that touches no other rows.</summary>
    public bool IsOneRun { get; init; }

    public int Prefill(LiveRequest request, int tokens)
    {
        interrupt();
        ThrowAtTimes();
        Sequence sequence = request.Tokens.Sequence!;
        sequence.PrepareRows();
        int past = sequence.ComputedLength;
        int rows = sequence.Activation.RowsOfRun(past, Math.Min(sequence.Length - past, tokens), sequence.Length);
        sequence.Cache.Advance(rows, sequence.Activation.WriterAt(past + rows - 1));
        SetLogits(request);
        return rows;
    }

    public void Begin(List<LiveRequest> requests, List<KvCache> caches)
    {
        interrupt();
        ThrowAtTimes();
        _caches = caches;
    }

    public void Run(List<LiveRequest> requests, List<(LiveRequest Request, Exception Exception)> failed)
    {
        interrupt();

        // A run writes behind the rows of those that take no part, too.
        foreach (KvCache cache in _caches.Where(cache => !IsOneRun && !requests.Exists(request => request.Tokens.Sequence!.Cache == cache)))
        {
            cache.Rewind(Math.Min(cache.Length, cache.Capacity - 1));
        }

        foreach (LiveRequest request in requests)
        {
            int tokens = IsOneRun ? request.NextTokens : 1;
            Assert.IsGreaterThan(0, tokens);
            Assert.IsLessThanOrEqualTo(request.Tokens.Sequence!.Cache.Capacity, request.Tokens.Computed + tokens);
            if (Fails())
            {
                failed.Add((request, new InvalidOperationException("Fails at random.")));
                continue;
            }

            for (int i = 0; i < tokens; i++)
            {
                request.Tokens.Sequence.AcceptRow(isExact: IsOneRun || random.Next(2) == 0);
            }

            SetLogits(request);
        }
    }

    public void Choose(List<LiveRequest> requests)
    {
        foreach (LiveRequest request in requests)
        {
            interrupt();
            request.Choose(model);
        }

        interrupt();
    }

    public void Dispose() => _batch.Dispose();

    private void SetLogits(LiveRequest request)
    {
        if (request.Tokens.Pending == 0)
        {
            request.Tokens.SetLogits(_batch, random.Next(FakeBatch.Choices));
        }
    }

    private bool Fails() => FailsOnceIn > 0 && random.Next(FailsOnceIn) == 0;

    private void ThrowAtTimes()
    {
        if (Fails())
        {
            throw new InvalidOperationException("Fails at random.");
        }
    }

    /// <summary>Logits of which a chosen one is the largest.</summary>
    private sealed class FakeBatch(ModelSession session) : BatchBinding(session, null!, 0, 0, null, null)
    {
        public const int Choices = 4;

        private const int FirstId = 20;

        private readonly float[][] _logits = [.. Enumerable.Range(FirstId, Choices).Select(id => Peak(session, id))];

        protected override Span<long> Ids => default;

        protected override Span<int> Lengths => default;

        protected override Span<byte> Mask => default;

        protected override Span<int> Places => default;

        public override void Run(int wanted, int contextLength) => throw new NotSupportedException();

        public override ReadOnlySpan<float> LogitsOf(int slot) => _logits[slot];

        public override void Dispose()
        {
        }

        private static float[] Peak(ModelSession session, int id)
        {
            float[] logits = new float[session.Manifest.VocabularySize];
            logits[id] = 1;
            return logits;
        }
    }
}
