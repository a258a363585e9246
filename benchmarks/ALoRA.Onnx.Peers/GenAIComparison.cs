using Microsoft.ML.OnnxRuntimeGenAI;

namespace ALoRA.Onnx.Peers;

/// <summary>ONNX Runtime GenAI and this repository's engine on the weights of one checkpoint.</summary>
internal static class GenAIComparison
{
    /// <summary>Measures and prints.</summary>
    /// <param name="stock">The folder that GenAI opens.</param>
    /// <param name="folders">Those that the engine opens.</param>
    /// <param name="size">Sizes of the runs.</param>
    public static void Run(string stock, string[] folders, RunSize size)
    {
        int room = size.Prefix + size.Tokens + RunSize.Spare;
        using OgaHandle handle = new();
        using GenAIPeer genAI = new(stock, size.Threads);
        List<IPeer> peers = [genAI];
        try
        {
            foreach (string folder in folders)
            {
                peers.Add(new EnginePeer(folder, size.Threads, size.Rows, room));
            }

            int vocabulary = ((EnginePeer)peers[1]).VocabularySize;
            RatioTable table = new(peers, size.Rounds);
            table.Run((peer, round) => Measure(table, peer, round, vocabulary, size));
            table.Print();
        }
        finally
        {
            peers.Skip(1).ToList().ForEach(peer => peer.Dispose());
        }
    }

    private static void Measure(RatioTable table, IPeer peer, int round, int vocabulary, RunSize size)
    {
        int[] prompt = RunSize.Prompt(size.Prefix, round + 2, vocabulary);
        table.Add(peer, $"prefill of {size.Prefix} tokens", round, peer.Prefill(prompt));
        table.Add(peer, $"decode of one row behind {size.Prefix} tokens", round, peer.Decode(prompt, size.Tokens));
        PeerRequest[] equal = [.. Enumerable.Repeat(new PeerRequest(prompt, [], 0, null), size.Rows)];
        BatchRate rate = peer.Batch(equal, size.Tokens, known: false);
        table.Add(peer, $"decode of {size.Rows} rows a step", round, rate.Steps);
        table.Add(peer, $"{size.Rows} equal prompts of {size.Prefix} tokens, from nothing", round, rate.Whole, rate.First);
    }
}
