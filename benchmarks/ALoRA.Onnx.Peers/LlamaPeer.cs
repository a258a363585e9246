using System.Diagnostics;
using System.Numerics.Tensors;
using LLama;
using LLama.Common;
using LLama.Native;

namespace ALoRA.Onnx.Peers;

/// <summary>
/// LLamaSharp by its <see cref="LLamaBatch"/>, the way of its batched executor. Adapters are set for a whole context, so that requests
/// of different ones can't be in one batch: those of each adapter are a batch of their own, one after another. What all have in common
/// is computed once, by the base, and copied for each request (a copy within the cache's cells where the cache is unified).
/// </summary>
internal sealed class LlamaPeer : IPeer
{
    private const int BatchSize = 512;

    private readonly LLamaWeights _weights;
    private readonly LLamaContext _context;
    private readonly Dictionary<string, LoraAdapter> _adapters = [];
    private readonly LLamaBatch _batch = new();
    private int[] _prefix = [];

    /// <param name="file">A GGUF file.</param>
    /// <param name="threads">Threads of decoding and of prompts.</param>
    /// <param name="rows">Requests at once.</param>
    /// <param name="room">Tokens of a request at most.</param>
    /// <param name="isUnified">Whether all sequences share the cells of one cache, as llama-server has it by default.</param>
    public LlamaPeer(string file, int threads, int rows, int room, bool isUnified)
    {
        NativeLibraryConfig.All.WithLogCallback((level, message) =>
        {
            if (level == LLamaLogLevel.Error)
            {
                Console.Error.Write(message);
            }
        });
        ModelParams parameters = new(file)
        {
            ContextSize = (uint)((rows + 1) * room),
            SeqMax = (uint)(rows + 1),
            Threads = threads,
            BatchThreads = threads,
            BatchSize = BatchSize,
            UBatchSize = BatchSize,
            GpuLayerCount = 0,
            KVUnified = isUnified,
        };
        _weights = LLamaWeights.LoadFromFile(parameters);
        _context = _weights.CreateContext(parameters);
        Name = isUnified ? "LLamaSharp, one cache" : "LLamaSharp, a cache a request";
    }

    public string Name { get; }

    private SafeLLamaContextHandle Handle => _context.NativeHandle;

    /// <summary>Reads a LoRA that <see cref="LlamaLoraFile"/> wrote.</summary>
    public void Load(string name, string file) => _adapters.Add(name, _weights.NativeHandle.LoadLoraFromFile(file));

    public double Prefill(int[] prompt)
    {
        long started = Stopwatch.GetTimestamp();
        SetAdapter(null);
        Append(Sequence(1), prompt, 0);
        _ = Choose(prompt.Length - 1 - ((prompt.Length - 1) / BatchSize * BatchSize));
        double rate = prompt.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
        Remove(1);
        return rate;
    }

    public double Decode(int[] prompt, int tokens)
    {
        SetAdapter(null);
        Append(Sequence(1), prompt, 0);
        int next = Choose((prompt.Length - 1) % BatchSize);
        long started = Stopwatch.GetTimestamp();
        for (int i = 1; i < tokens; i++)
        {
            _batch.Clear();
            _batch.Add(next, prompt.Length + i - 1, Sequence(1), true);
            Run();
            next = Choose(0);
        }

        double rate = (tokens - 1) / Stopwatch.GetElapsedTime(started).TotalSeconds;
        Remove(1);
        return rate;
    }

    public BatchRate Batch(IReadOnlyList<PeerRequest> requests, int tokens, bool known)
    {
        if (known)
        {
            Know(requests[0].Prefix);
        }

        long started = Stopwatch.GetTimestamp();
        if (!known)
        {
            _prefix = [];
            Know(requests[0].Prefix);
        }

        double decoding = 0;
        int decoded = 0;
        Dictionary<PeerRequest, int> first = new(ReferenceEqualityComparer.Instance);
        foreach (IGrouping<string?, PeerRequest> group in requests.GroupBy(request => request.Adapter))
        {
            decoding += RunGroup([.. group], tokens, first);
            decoded += group.Count() * (tokens - 1);
        }

        double whole = requests.Count * tokens / Stopwatch.GetElapsedTime(started).TotalSeconds;
        return new BatchRate(whole, decoded / decoding, [.. requests.Select(request => first[request])]);
    }

    public void Dispose()
    {
        foreach (LoraAdapter adapter in _adapters.Values)
        {
            adapter.Unload();
        }

        _context.Dispose();
        _weights.Dispose();
    }

    private static LLamaSeqId Sequence(int number) => (LLamaSeqId)number;

    // The seconds of the steps behind the first token.
    private double RunGroup(PeerRequest[] group, int tokens, Dictionary<PeerRequest, int> first)
    {
        SetAdapter(group[0].Adapter);
        int[] next = new int[group.Length];
        int[] lengths = new int[group.Length];
        int[] logits = new int[group.Length];
        _batch.Clear();
        for (int i = 0; i < group.Length; i++)
        {
            PeerRequest request = group[i];
            Handle.MemorySequenceCopy(Sequence(0), Sequence(i + 1), -1, -1);

            // The token before an invocation is the base's in truth: one run more, which is given to the peer.
            logits[i] = _batch.AddRange([.. request.Own.Select(id => (LLamaToken)id)], request.Prefix.Length, Sequence(i + 1), true);
            lengths[i] = request.Prefix.Length + request.Own.Length;
        }

        Run();
        for (int i = 0; i < group.Length; i++)
        {
            next[i] = Choose(logits[i]);
            first[group[i]] = next[i];
        }

        long started = Stopwatch.GetTimestamp();
        for (int step = 1; step < tokens; step++)
        {
            _batch.Clear();
            for (int i = 0; i < group.Length; i++)
            {
                _batch.Add(next[i], lengths[i]++, Sequence(i + 1), true);
            }

            Run();
            for (int i = 0; i < group.Length; i++)
            {
                next[i] = Choose(i);
            }
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        for (int i = 0; i < group.Length; i++)
        {
            Remove(i + 1);
        }

        return seconds;
    }

    private void Know(int[] prefix)
    {
        if (_prefix.AsSpan().SequenceEqual(prefix))
        {
            return;
        }

        SetAdapter(null);
        Remove(0);
        Append(Sequence(0), prefix, 0);
        _prefix = prefix;
    }

    private void Append(LLamaSeqId sequence, int[] ids, int from)
    {
        for (int start = 0; start < ids.Length; start += BatchSize)
        {
            _batch.Clear();
            LLamaToken[] part = [.. ids.Skip(start).Take(BatchSize).Select(id => (LLamaToken)id)];
            _batch.AddRange(part, from + start, sequence, start + part.Length == ids.Length);
            Run();
        }
    }

    private void Remove(int sequence) => Handle.MemorySequenceRemove(Sequence(sequence), -1, -1);

    private void SetAdapter(string? name) => Handle.SetLoraAdapters(name is null ? [] : [(_adapters[name], 1f)]);

    private void Run()
    {
        DecodeResult result = _context.Decode(_batch);
        if (result != DecodeResult.Ok)
        {
            throw new InvalidOperationException($"LLamaSharp: expected a run of {_batch.TokenCount} tokens, got {result}.");
        }
    }

    private int Choose(int row) => TensorPrimitives.IndexOfMax(Handle.GetLogitsIth(row));
}
