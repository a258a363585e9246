using Microsoft.Extensions.Options;

namespace ALoRA.Onnx.Extensions.AI.Hosting;

/// <summary>Finds everything that is wrong with options at once.</summary>
internal sealed class AloraOnnxOptionsValidator : IValidateOptions<AloraOnnxOptions>
{
    public ValidateOptionsResult Validate(string? name, AloraOnnxOptions options)
    {
        List<string> failures = [];
        CheckModel(options, failures);
        AtLeast(1, options.IntraOpThreads, nameof(options.IntraOpThreads), failures);
        AtLeast(1, options.PrefillChunkSize, nameof(options.PrefillChunkSize), failures);
        AtLeast(0, options.DeviceIndex, nameof(options.DeviceIndex), failures);
        if (string.IsNullOrWhiteSpace(options.Provider))
        {
            failures.Add(
                $"{nameof(options.Provider)} is empty. Give auto, cpu, cuda, or the name of an execution provider of ONNX Runtime.");
        }

        foreach (string key in options.ProviderOptions.Keys.Where(string.IsNullOrWhiteSpace))
        {
            failures.Add(
                $"{nameof(options.ProviderOptions)} has the empty key '{key}'. Give names of the provider, such as gpu_mem_limit.");
        }

        AtLeast(1, options.MaxAnswerTokens, nameof(options.MaxAnswerTokens), failures);
        AtLeast(1, options.MaxContextLength, nameof(options.MaxContextLength), failures);
        AtLeast(0, options.PrefixCacheBytes, nameof(options.PrefixCacheBytes), failures);
        AtLeast(1, options.MaxConcurrentRequests, nameof(options.MaxConcurrentRequests), failures);
        AtLeast(0, options.MaxQueuedRequests, nameof(options.MaxQueuedRequests), failures);
        if (options.MaxQueueTime != Timeout.InfiniteTimeSpan
            && (options.MaxQueueTime < TimeSpan.Zero || options.MaxQueueTime > AloraChatClientOptions.LongestQueueTime))
        {
            failures.Add(
                $"{nameof(options.MaxQueueTime)} is {options.MaxQueueTime}, but must be from 0 to "
                + $"{AloraChatClientOptions.LongestQueueTime}, "
                + "or infinite.");
        }

        if (!Enum.IsDefined(options.SpecialTokens))
        {
            failures.Add(
                $"{nameof(options.SpecialTokens)} is {options.SpecialTokens}, but must be one of "
                + $"{string.Join(", ", Enum.GetNames<SpecialTokenHandling>())}.");
        }

        AtLeast(0, options.MaxIdleConversations, nameof(options.MaxIdleConversations), failures);
        AtLeast(0, options.MaxIdleCacheBytes, nameof(options.MaxIdleCacheBytes), failures);
        AtLeast(1, options.MaxStoredConversations, nameof(options.MaxStoredConversations), failures);
        if (!Enum.IsDefined(options.ToolCallFormat))
        {
            failures.Add(
                $"{nameof(options.ToolCallFormat)} is {options.ToolCallFormat}, but must be one of "
                + $"{string.Join(", ", Enum.GetNames<ToolCallFormat>())}.");
        }

        string model = string.IsNullOrEmpty(name) ? "" : $"The model '{name}': ";
        return failures.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(failures.Select(failure => model + failure));
    }

    private static void CheckModel(AloraOnnxOptions options, List<string> failures)
    {
        if (string.IsNullOrWhiteSpace(options.ModelFolder))
        {
            failures.Add($"{nameof(options.ModelFolder)} is missing. Give the path of a folder that `alora export` wrote.");
            return;
        }

        string folder = Path.GetFullPath(options.ModelFolder);
        if (!Directory.Exists(folder))
        {
            failures.Add($"{nameof(options.ModelFolder)}: there is no folder {folder}. Export a checkpoint into it with `alora export`.");
            return;
        }

        try
        {
            ModelManifest manifest = ModelManifest.Read(folder);
            if (options.MaxContextLength > manifest.MaxPositions)
            {
                failures.Add(
                    $"{nameof(options.MaxContextLength)} is {options.MaxContextLength}, "
                    + $"but the model's context is {manifest.MaxPositions}.");
            }
        }
        catch (ModelFormatException exception)
        {
            failures.Add($"{nameof(options.ModelFolder)}: {exception.Message}");
        }

        foreach (string adapter in options.Adapters)
        {
            if (string.IsNullOrWhiteSpace(adapter)
                || adapter[0] == '.'
                || !File.Exists(Path.Combine(folder, "adapters", adapter, AdapterManifest.FileName)))
            {
                failures.Add($"{nameof(options.Adapters)}: {folder} has no adapter '{adapter}'. Convert it with `alora adapter convert`.");
            }
        }
    }

    private static void AtLeast(long smallest, long? value, string name, List<string> failures)
    {
        if (value < smallest)
        {
            failures.Add($"{name} is {value}, but must be at least {smallest}.");
        }
    }
}
