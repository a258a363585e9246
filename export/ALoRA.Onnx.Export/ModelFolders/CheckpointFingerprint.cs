using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Checkpoints;

namespace ALoRA.Onnx.Export.ModelFolders;

/// <summary>Tells checkpoints apart without reading them whole: two exports of one checkpoint have the same fingerprint.</summary>
internal static class CheckpointFingerprint
{
    private const int BytesOfEachTensor = 4096;

    /// <summary>SHA-256 over the configuration, and over name, encoding, shape and first 4 KiB of each used tensor.</summary>
    public static BaseIdentity Compute(Checkpoint checkpoint, IEnumerable<CheckpointTensor> used, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string key, JsonNode? value) in checkpoint.Config.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{key}={value?.ToJsonString() ?? "null"}\n"));
        }

        byte[] start = [];
        foreach (CheckpointTensor tensor in used.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string shape = string.Join(',', tensor.Shape.Select(size => size.ToString(CultureInfo.InvariantCulture)));
            hash.AppendData(Encoding.UTF8.GetBytes($"{tensor.Name} {tensor.Encoding.FormatName()} [{shape}]\n"));
            long rows = Math.Min(tensor.RowCount, (BytesOfEachTensor + tensor.RowByteLength - 1) / tensor.RowByteLength);
            int length = checked((int)(rows * tensor.RowByteLength));
            if (start.Length < length)
            {
                start = new byte[length];
            }

            tensor.ReadRows(0, (int)rows, start);
            hash.AppendData(start.AsSpan(0, Math.Min(length, BytesOfEachTensor)));
        }

        string fingerprint = "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
        JsonNode? name = checkpoint.Config["_name_or_path"] ?? checkpoint.Config["name_or_path"];
        return new BaseIdentity(
            name is JsonValue value2 && value2.TryGetValue(out string? text) && text.Length > 0 ? text : checkpoint.Name, fingerprint);
    }
}
