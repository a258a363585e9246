using ALoRA.Onnx.Files;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Tensors;

namespace ALoRA.Onnx.Adapters;

/// <summary>Reads <c>adapter.json</c>, format 1.</summary>
internal static class AdapterManifestReader
{
    private const int Format = 1;
    private const string NextStep = "Convert the adapter again with `alora adapter convert`.";

    public static AdapterManifest Read(string file)
    {
        JsonFields json = JsonFields.Read(file, NextStep);
        int format = json.Int("format", 1);
        if (format != Format)
        {
            throw new ModelFormatException(
                $"{file}: 'format' is {format}, but this version of ALoRA.Onnx reads format {Format}. Update ALoRA.Onnx or "
                + "convert the adapter again.");
        }

        AdapterKind kind = json.String("kind") switch
        {
            "lora" => AdapterKind.Lora,
            "alora" => AdapterKind.Alora,
            string other => throw json.Wrong("'kind'", "\"lora\" or \"alora\"", $"\"{other}\""),
        };
        int[] invocation = json.TokenIds("invocation_tokens");
        if (kind == AdapterKind.Alora && invocation.Length == 0)
        {
            throw json.Wrong("'invocation_tokens'", "a list of at least one token id, because the adapter is an aLoRA", "empty");
        }

        if (kind == AdapterKind.Lora && invocation.Length > 0)
        {
            throw json.Wrong("'invocation_tokens'", "null, because the adapter is a plain LoRA", $"a list of {invocation.Length} ids");
        }

        string elementType = json.String("element_type");
        return new AdapterManifest
        {
            Name = json.String("name"),
            Kind = kind,
            WeightsFile = json.FileName("weights"),
            Base = ManifestReader.ReadBase(json),
            ElementType = ElementTypes.TryParse(elementType, out _)
                ? elementType
                : throw json.Wrong("'element_type'", ElementTypes.Known, $"\"{elementType}\""),
            Rank = json.Int("rank", 1),
            Alpha = json.OptionalDouble("alpha") ?? throw json.Wrong("'alpha'", "a finite number", "missing"),
            InvocationTokens = invocation,
            ActivationOffset = json.OptionalInt("activation_offset", -1, 1) ?? 0,
            TargetModules = json.Strings("target_modules"),
            HasLoraBias = json.OptionalBool("lora_bias") ?? false,
            Groups = ReadGroups(json),
            Parameters = json.Long("parameters", 1),
            Intrinsic = json.Has("intrinsic") ? ReadIntrinsic(json.Object("intrinsic")) : null,
        };
    }

    private static AdapterIntrinsic ReadIntrinsic(JsonFields json) => new()
    {
        Placement = json.OptionalString("placement") switch
        {
            null or "appended" => InvocationPlacement.Appended,
            "in_prompt" => InvocationPlacement.InPrompt,
            string other => throw json.Wrong(json.Field("placement"), "\"appended\" or \"in_prompt\"", $"\"{other}\""),
        },
        InvocationText = json.OptionalString("invocation_text"),
        Choices = json.Has("choices") ? json.Strings("choices") : [],
        JsonSchema = json.OptionalRaw("json_schema"),
        MaxNewTokens = json.OptionalInt("max_new_tokens", 1),
    };

    private static AdapterGroupRank[] ReadGroups(JsonFields json)
    {
        AdapterGroupRank[] groups = Array.ConvertAll(
            json.Objects("groups"), group => new AdapterGroupRank(group.String("name"), group.Int("rank", 1)));
        if (groups.Length == 0)
        {
            throw json.Wrong("'groups'", "a list of at least one group", "empty");
        }

        string? twice = groups.GroupBy(group => group.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1)?.Key;
        return twice is null
            ? groups
            : throw json.Wrong("'groups'", "a list of groups with different names", $"a list with '{twice}' twice");
    }
}
