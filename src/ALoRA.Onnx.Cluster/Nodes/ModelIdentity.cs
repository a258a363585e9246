using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using ALoRA.Onnx.Server.Models;

namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>
/// What must be the same where one server answers for another: the base's weights, how they are exported, the tokenizer that ids belong to,
/// and the context that fits.
/// </summary>
internal sealed class ModelIdentity
{
    private readonly ConditionalWeakTable<OpenedModel, string> _known = [];

    /// <summary>The identity of an open model.</summary>
    public string Of(OpenedModel opened) => _known.GetValue(opened, Compute);

    private static string Compute(OpenedModel opened)
    {
        ModelManifest manifest = opened.Model.Manifest;
        string tokenizer = Path.Combine(opened.Model.Folder, "tokenizer.json");
        string[] parts =
        [
            manifest.Base.Fingerprint, $"{manifest.Precision}", $"{manifest.VocabularySize}", $"{opened.Engine.MaxContextTokens}",
            File.Exists(tokenizer) ? Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(tokenizer))) : "",
        ];
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))));
    }
}
