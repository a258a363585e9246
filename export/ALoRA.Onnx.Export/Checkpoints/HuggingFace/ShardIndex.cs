using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Checkpoints.HuggingFace;

/// <summary><c>model.safetensors.index.json</c>: which shard holds which tensor.</summary>
internal sealed class ShardIndex
{
    private readonly string _path;
    private readonly Dictionary<string, string> _weightMap;

    private ShardIndex(string path, Dictionary<string, string> weightMap)
    {
        _path = path;
        _weightMap = weightMap;
    }

    public static ShardIndex Read(string path)
    {
        if (JsonFiles.ReadObject(path)["weight_map"] is not JsonObject map || map.Count == 0)
        {
            throw new CheckpointFormatException(
                $"{path}: expected an object 'weight_map' that names the shard of each tensor. Download the file again.");
        }

        Dictionary<string, string> weightMap = new(map.Count, StringComparer.Ordinal);
        foreach ((string tensor, JsonNode? value) in map)
        {
            if (value is not JsonValue text || !text.TryGetValue(out string? shard) || !IsPlainFileName(shard))
            {
                throw new CheckpointFormatException(
                    $"{path}: weight_map['{tensor}'] has to be the name of a file in the same folder, got " +
                    $"{value?.ToJsonString() ?? "null"}.");
            }

            weightMap.Add(tensor, shard);
        }

        return new ShardIndex(path, weightMap);
    }

    /// <summary>
    /// Opens all shards into <paramref name="files"/> and returns the tensors, after comparing shards and index as a whole.
    /// </summary>
    public IReadOnlyDictionary<string, CheckpointTensor> OpenShards(string folder, List<SafetensorsFile> files)
    {
        List<string> problems = [];
        Dictionary<string, CheckpointTensor> tensors = new(_weightMap.Count, StringComparer.Ordinal);
        foreach (string shard in _weightMap.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            string shardPath = Path.Combine(folder, shard);
            if (!File.Exists(shardPath))
            {
                problems.Add($"shard {shard} is missing");
                continue;
            }

            SafetensorsFile file = SafetensorsFile.Open(shardPath);
            files.Add(file);
            Collect(shard, file, tensors, problems);
        }

        return problems.Count == 0
            ? tensors
            : throw new CheckpointFormatException(
                $"{_path} and its shards do not agree: {string.Join("; ", problems)}. Download the checkpoint again, all files from " +
                "one revision.");
    }

    private void Collect(string shard, SafetensorsFile file, Dictionary<string, CheckpointTensor> tensors, List<string> problems)
    {
        List<string> missing =
            [.. _weightMap.Where(entry => entry.Value == shard && !file.Tensors.ContainsKey(entry.Key)).Select(entry => entry.Key)];
        List<string> extra = [.. file.Tensors.Keys.Where(name => _weightMap.GetValueOrDefault(name) != shard)];
        if (missing.Count > 0)
        {
            problems.Add($"{shard} lacks {NameList.Format(missing)}");
        }

        if (extra.Count > 0)
        {
            problems.Add($"{shard} has {NameList.Format(extra)}, which the index does not place there");
        }

        foreach ((string name, CheckpointTensor tensor) in file.Tensors)
        {
            if (_weightMap.GetValueOrDefault(name) == shard)
            {
                tensors.Add(name, tensor);
            }
        }
    }

    // Both separators and the drive colon are refused on every system, so that an index means the same everywhere.
    private static bool IsPlainFileName(string name) =>
        name.Length > 0 && name is not ("." or "..") && name.AsSpan().IndexOfAny("/\\:\0") < 0;
}
