using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ALoRA.Onnx.Extensions.AI.Hosting;

/// <summary>Creates and finds the services of a model, with or without a key.</summary>
internal static class AloraServices
{
    public static AloraOnnxOptions Options(IServiceProvider services, string? key) =>
        services.GetRequiredService<IOptionsMonitor<AloraOnnxOptions>>().Get(key ?? Microsoft.Extensions.Options.Options.DefaultName);

    public static AloraModel Model(IServiceProvider services, string? key) =>
        key is null ? services.GetRequiredService<AloraModel>() : services.GetRequiredKeyedService<AloraModel>(key);

    public static AloraChatClient Client(IServiceProvider services, string? key) =>
        key is null ? services.GetRequiredService<AloraChatClient>() : services.GetRequiredKeyedService<AloraChatClient>(key);

    public static AloraModel OpenModel(IServiceProvider services, string? key)
    {
        AloraOnnxOptions options = Options(services, key);
        return AloraModel.Open(options.ModelFolder, new AloraModelOptions
        {
            IntraOpThreads = options.IntraOpThreads,
            PrefillChunkSize = options.PrefillChunkSize,
            ExecutionProvider = ExecutionProvider.Named(options.Provider) with
            {
                LibraryPath = options.ProviderLibrary,
                DeviceIndex = options.DeviceIndex,
                Options = options.ProviderOptions.ToDictionary(StringComparer.Ordinal),
            },
            LoadWeights = options.LoadWeights,
            Operators = options.Operators,
            MaxContextLength = options.MaxContextLength,
            PrefixCacheBytes = options.PrefixCacheBytes,
            ShareAcrossCacheScopes = options.ShareAcrossCacheScopes,
            AllowAdaptersOfOtherBases = options.AllowAdaptersOfOtherBases,
            LoggerFactory = services.GetService<ILoggerFactory>(),
        });
    }

    public static AloraChatClient CreateClient(IServiceProvider services, string? key)
    {
        AloraOnnxOptions options = Options(services, key);
        return new AloraChatClient(Model(services, key), new AloraChatClientOptions
        {
            MaxConcurrentRequests = options.MaxConcurrentRequests,
            MaxQueuedRequests = options.MaxQueuedRequests,
            MaxQueueTime = options.MaxQueueTime,
            MaxAnswerTokens = options.MaxAnswerTokens,
            Strict = options.Strict,
            LoggerFactory = services.GetService<ILoggerFactory>(),
            SpecialTokens = options.SpecialTokens,
            MaxIdleConversations = options.MaxIdleConversations,
            MaxIdleCacheBytes = options.MaxIdleCacheBytes,
            MaxStoredConversations = options.MaxStoredConversations,
            ToolCallFormat = options.ToolCallFormat,
            TimeProvider = services.GetService<TimeProvider>() ?? TimeProvider.System,
            LeaveOpen = true,
        });
    }
}
