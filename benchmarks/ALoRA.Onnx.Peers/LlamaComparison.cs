namespace ALoRA.Onnx.Peers;

/// <summary>LLamaSharp and this repository's engine on the weights of one GGUF file.</summary>
internal static class LlamaComparison
{
    /// <summary>Measures and prints.</summary>
    /// <param name="file">The GGUF file.</param>
    /// <param name="folders">What was exported from it.</param>
    /// <param name="adapters">PEFT folders by the names of the exported adapters.</param>
    /// <param name="isUnified">See <see cref="LlamaPeer"/>.</param>
    /// <param name="size">Sizes of the runs.</param>
    public static void Run(string file, string[] folders, IReadOnlyDictionary<string, string> adapters, bool isUnified, RunSize size)
    {
        int room = size.Prefix + size.Tokens + RunSize.Spare;
        using LlamaPeer llama = new(file, size.Threads, size.Rows, room, isUnified);
        string scratch = Directory.CreateTempSubdirectory("alora-peers-").FullName;
        List<IPeer> peers = [llama];
        try
        {
            foreach (string folder in folders)
            {
                peers.Add(new EnginePeer(folder, size.Threads, size.Rows, room));
            }

            EnginePeer first = (EnginePeer)peers[1];
            foreach ((string name, string peft) in adapters)
            {
                string lora = Path.Combine(scratch, $"{name}.gguf");
                LlamaLoraFile.Write(peft, lora, first.HeadSize);
                llama.Load(name, lora);
            }

            RatioTable table = new(peers, size.Rounds);
            string[] names = [.. adapters.Keys];
            table.Run((peer, round) => Measure(table, peer, round, first, names, size));
            table.Print();
        }
        finally
        {
            peers.Skip(1).ToList().ForEach(peer => peer.Dispose());
            Directory.Delete(scratch, recursive: true);
        }
    }

    private static void Measure(
        RatioTable table, IPeer peer, int round, EnginePeer ids, string[] adapters, RunSize size)
    {
        int[] prefix = RunSize.Prompt(size.Prefix, 0, ids.VocabularySize);
        int[] unknown = RunSize.Prompt(size.Prefix, round + 2, ids.VocabularySize);
        table.Add(peer, $"prefill of {size.Prefix} tokens", round, peer.Prefill(unknown));
        table.Add(peer, $"decode of one row behind {size.Prefix} tokens", round, peer.Decode(prefix, size.Tokens));
        BatchRate basis = peer.Batch(Requests(prefix, [], size, ids), size.Tokens, known: true);
        table.Add(peer, $"decode of {size.Rows} rows a step", round, basis.Steps);
        table.Add(peer, $"{size.Rows} requests of the base", round, basis.Whole, basis.First);
        if (adapters.Length > 0)
        {
            BatchRate mixed = peer.Batch(Requests(prefix, adapters, size, ids), size.Tokens, known: true);
            table.Add(peer, $"{size.Rows} requests of the base and {adapters.Length} adapters", round, mixed.Whole, mixed.First);
        }
    }

    private static List<PeerRequest> Requests(int[] prefix, string[] adapters, RunSize size, EnginePeer ids) =>
    [
        .. Enumerable.Range(0, size.Rows).Select(i =>
        {
            string? adapter = i % (adapters.Length + 1) == 0 ? null : adapters[(i % (adapters.Length + 1)) - 1];
            IReadOnlyList<int> invocation = adapter is null ? [] : ids.InvocationOf(adapter);
            return new PeerRequest(prefix, [200 + i, .. invocation], invocation.Count, adapter);
        }),
    ];
}
