using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Export;

/// <summary>One safetensors file of made-up tensors.</summary>
internal sealed record SafetensorsShard(string FileName, IReadOnlyList<MadeUpTensor> Tensors)
{
    /// <summary>Divides tensors, in their order, into files of about the same size, none of them empty.</summary>
    /// <exception cref="ArgumentException">There are more files than tensors.</exception>
    public static IReadOnlyList<SafetensorsShard> Divide(IReadOnlyList<MadeUpTensor> tensors, int shardCount)
    {
        if (shardCount == 1)
        {
            return [new SafetensorsShard("model.safetensors", tensors)];
        }

        if (shardCount > tensors.Count)
        {
            throw new ArgumentException(
                $"{tensors.Count} tensors cannot be divided into {shardCount} files. Ask for fewer.", nameof(shardCount));
        }

        List<SafetensorsShard> shards = [];
        long remaining = tensors.Sum(tensor => tensor.ByteLength);
        int next = 0;
        for (int shard = 1; shard <= shardCount; shard++)
        {
            int shardsLeft = shardCount - shard;
            long target = remaining / (shardsLeft + 1);
            long size = 0;
            int first = next;
            while (next < tensors.Count - shardsLeft
                && (next == first || size + (tensors[next].ByteLength / 2) < target || shardsLeft == 0))
            {
                size += tensors[next++].ByteLength;
            }

            remaining -= size;
            shards.Add(new SafetensorsShard(
                $"model-{shard:00000}-of-{shardCount:00000}.safetensors", [.. tensors.Skip(first).Take(next - first)]));
        }

        return shards;
    }

    /// <summary>Writes the file into <paramref name="folder"/>.</summary>
    public void Write(string folder, int seed, Action<long> bytesWritten, CancellationToken cancellationToken)
    {
        using SafetensorsWriter file = SafetensorsWriter.Create(
            Path.Combine(folder, FileName),
            [.. Tensors.Select(tensor => new SafetensorsDeclaration(tensor.Name, tensor.Encoding, tensor.Shape))],
            new Dictionary<string, string> { ["format"] = "pt" });
        foreach (MadeUpTensor tensor in Tensors)
        {
            tensor.WriteTo(file, seed, bytesWritten, cancellationToken);
        }

        file.Complete();
    }
}
