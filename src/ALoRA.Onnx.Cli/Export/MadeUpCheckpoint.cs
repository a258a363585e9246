using System.Text.Json.Nodes;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Export;

/// <summary>Writes a checkpoint of random weights with exactly the tensors that a configuration asks for, in bounded memory.</summary>
internal sealed class MadeUpCheckpoint
{
    private readonly string _configPath;
    private readonly TensorEncoding _encoding;
    private readonly int _seed;
    private readonly IReadOnlyList<SafetensorsShard> _shards;

    public MadeUpCheckpoint(string configPath, TensorEncoding encoding, int shardCount, int seed)
    {
        _configPath = configPath;
        _encoding = encoding;
        _seed = seed;
        IReadOnlyList<MadeUpTensor> tensors =
            [.. CheckpointOutline.Read(configPath).Select(tensor => new MadeUpTensor(tensor.Name, tensor.Shape, encoding))];
        _shards = SafetensorsShard.Divide(tensors, shardCount);
        ParameterCount = tensors.Sum(tensor => tensor.ElementCount);
        ByteLength = tensors.Sum(tensor => tensor.ByteLength);
    }

    public long ParameterCount { get; }

    public long ByteLength { get; }

    /// <summary>Writes the folder, which must be new or empty; it is removed again if this fails or is cancelled.</summary>
    public void Write(string folder, IProgress<ProgressState> progress, CancellationToken cancellationToken)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new IOException($"{folder} exists and is not empty. Choose another folder.");
        }

        Directory.CreateDirectory(folder);
        try
        {
            long done = 0;
            foreach (SafetensorsShard shard in _shards)
            {
                shard.Write(
                    folder, _seed, bytes => progress.Report(new("Writing random weights", done += bytes, ByteLength)), cancellationToken);
            }

            if (_shards.Count > 1)
            {
                File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), CreateIndex().ToJsonString());
            }

            // Without its configuration the folder is no checkpoint, so it comes last.
            File.WriteAllText(Path.Combine(folder, "config.json"), CreateConfig().ToJsonString(new() { WriteIndented = true }));
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    private JsonObject CreateIndex()
    {
        JsonObject weightMap = [];
        foreach (SafetensorsShard shard in _shards)
        {
            foreach (MadeUpTensor tensor in shard.Tensors)
            {
                weightMap[tensor.Name] = shard.FileName;
            }
        }

        return new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = ByteLength }, ["weight_map"] = weightMap };
    }

    private JsonObject CreateConfig()
    {
        JsonObject config = JsonNode.Parse(File.ReadAllBytes(_configPath))!.AsObject();
        config.Remove("torch_dtype");
        config["dtype"] = _encoding switch
        {
            TensorEncoding.F32 => "float32",
            TensorEncoding.F16 => "float16",
            _ => "bfloat16",
        };
        return config;
    }
}
