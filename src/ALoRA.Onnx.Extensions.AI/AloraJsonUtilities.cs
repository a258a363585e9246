using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI;

/// <summary>Serialization of responses with this package's results in them.</summary>
public static partial class AloraJsonUtilities
{
    /// <summary>
    /// The Abstractions' own options, which know <see cref="Certainty"/>, <see cref="IntrinsicAnswer"/>
    /// and <see cref="IntrinsicResult"/> as well; read-only, without reflection for these.
    /// </summary>
    public static JsonSerializerOptions DefaultOptions { get; } = CreateOptions();

    private static JsonSerializerOptions CreateOptions()
    {
        JsonSerializerOptions options = new(AIJsonUtilities.DefaultOptions);
        options.TypeInfoResolverChain.Insert(0, ResultContext.Default);
        options.MakeReadOnly();
        return options;
    }

    [JsonSerializable(typeof(Certainty))]
    [JsonSerializable(typeof(IntrinsicAnswer))]
    [JsonSerializable(typeof(IntrinsicResult))]
    private sealed partial class ResultContext : JsonSerializerContext;
}
