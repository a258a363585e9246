using System.Text.Json;
using System.Text.Json.Serialization;
using ALoRA.Onnx.Server.Models;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Cluster.Transfer;

/// <summary>
/// Which rows are asked for: the ids themselves, as a longest common beginning can't be looked up by a hash, and what the computing program
/// must be.
/// </summary>
/// <param name="Ids">The prompt's beginning, as the base computes it.</param>
/// <param name="Scope">For whom the rows are kept.</param>
/// <param name="Runtime">Version of ONNX Runtime.</param>
/// <param name="Provider">What computes.</param>
internal sealed record PrefixRequest(int[] Ids, string? Scope, string Runtime, string Provider)
{
    /// <summary>Where it is posted to.</summary>
    public const string Path = "/internal/prefix";

    /// <summary>What this server asks for.</summary>
    public static PrefixRequest Of(OpenedModel opened, int[] ids, string? scope) =>
        new(ids, scope, OrtEnv.Instance().GetVersionString(), opened.Model.ExecutionProvider);

    /// <summary>Whether rows of this server are what the other one would have computed.</summary>
    public bool Fits(OpenedModel opened) =>
        Runtime == OrtEnv.Instance().GetVersionString() && Provider == opened.Model.ExecutionProvider;
}

/// <summary>JSON of it.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PrefixRequest))]
internal sealed partial class TransferJson : JsonSerializerContext;
