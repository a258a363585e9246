namespace ALoRA.Onnx.Server;

/// <summary>
/// What an <see cref="AloraServer"/> serves, to whom, and within which limits. Values are checked when the server is started. Immutable.
/// </summary>
/// <remarks>
/// <see cref="Load"/> reads them from <c>appsettings.json</c>, the environment and a command line. A key is a property's name; case,
/// hyphens and underscores do not matter, so that <c>MaxQueue</c>, <c>max-queue</c> and <c>ALORA_MAX_QUEUE</c> are the same.
/// </remarks>
public sealed record ServerOptions
{
    /// <summary>Path of a folder that <c>alora export</c> wrote. Required.</summary>
    public string Model { get; init; } = "";

    /// <summary>Name of the base model in requests and answers; null for the name in its <c>alora_config.json</c>. Default null.</summary>
    public string? ModelName { get; init; }

    /// <summary>
    /// Addresses to listen at, with semicolons between; port 0 is any free one. Default <c>http://127.0.0.1:8080</c>. Addresses that other
    /// machines reach need an <see cref="ApiKeyFile"/> or <see cref="NoAuth"/>.
    /// </summary>
    public string Urls { get; init; } = "http://127.0.0.1:8080";

    /// <summary>
    /// File with one key a line; <c>#</c> begins a comment. Each key is a tenant with a cache of its own. The file is read again when it
    /// changes. Null lets everyone in. Default null.
    /// </summary>
    public string? ApiKeyFile { get; init; }

    /// <summary>
    /// File with the keys of those who load and unload adapters and replace the model; they may do everything else, too. Null closes these
    /// endpoints. Default null.
    /// </summary>
    public string? AdminKeyFile { get; init; }

    /// <summary>Folder whose adapters may be loaded by request; null for none. Default null.</summary>
    public string? AdaptersFolder { get; init; }

    /// <summary>Whether addresses that other machines reach may be served without keys. Default false.</summary>
    public bool NoAuth { get; init; }

    /// <summary>Requests that wait for a place at most, from 0; more are answered 429. Default 256.</summary>
    public int MaxQueue { get; init; } = 256;

    /// <summary>How long a request waits for a place at most; null for as long as it takes. Default null.</summary>
    public TimeSpan? MaxQueueTime { get; init; }

    /// <summary>Requests of one key at the same time at most; more are answered 429. Null for any number. Default null.</summary>
    public int? MaxRequestsPerKey { get; init; }

    /// <summary>
    /// Tokens of one key in a minute, those of answers and those of prompts that were not cached; a key that has used them is answered 429
    /// until there are new ones. Null for any number. Default null.
    /// </summary>
    public long? TokensPerMinutePerKey { get; init; }

    /// <summary>Tokens of prompt and answer of one request at most; null for the model's context length. Default null.</summary>
    public int? MaxContextTokens { get; init; }

    /// <summary>Requests that are computed in one step at most, from 1 to 256. Default 16.</summary>
    public int MaxRows { get; init; } = 16;

    /// <summary>Different adapters in one step at most, from 1 to 64. Default 8.</summary>
    public int AdaptersPerStep { get; init; } = 8;

    /// <summary>Memory for keys and values in bytes; null leaves it to the engine. Default null.</summary>
    public long? CacheBytes { get; init; }

    /// <summary>
    /// Table of what runs cost on this machine, by which steps are planned; <c>alora bench --batch 1,2,4,8,16 --costs</c> writes it.
    /// Null measures it for <see cref="MeasureTime"/>. Default null.
    /// </summary>
    public string? CostsFile { get; init; }

    /// <summary>
    /// How long it is measured, before the server is ready, what runs cost; 0 for not at all, which leaves it to an assumption that is
    /// corrected. Default one second.
    /// </summary>
    public TimeSpan MeasureTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What computes: <c>auto</c>, <c>cpu</c>, <c>cuda</c>, or another execution provider's name. Default <c>auto</c>.</summary>
    public string Provider { get; init; } = "auto";

    /// <inheritdoc cref="ExecutionProvider.LibraryPath"/>
    public string? ProviderLibrary { get; init; }

    /// <inheritdoc cref="ExecutionProvider.Options"/>
    public IReadOnlyDictionary<string, string> ProviderOptions { get; init; } = new Dictionary<string, string>();

    /// <summary>Which of several devices, counted from 0. Default 0.</summary>
    public int Device { get; init; }

    /// <inheritdoc cref="AloraModelOptions.Operators"/>
    public OperatorUse Operators { get; init; }

    /// <summary>Threads that compute; null for the physical cores. Default null.</summary>
    public int? Threads { get; init; }

    /// <summary>
    /// Whether requests with unknown fields are refused instead of answered with a header that names them. Default false.
    /// </summary>
    public bool Strict { get; init; }

    /// <summary>Largest body of a request in bytes; larger ones are answered 413. Default 16 MiB.</summary>
    public long MaxBodyBytes { get; init; } = 16 << 20;

    /// <summary>Open connections at most; more are closed at once. Default 4,096.</summary>
    public int MaxConnections { get; init; } = 4096;

    /// <summary>How long running requests may take to end when the server stops. Default 30 seconds.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time between two comments that keep a silent stream of events open. Default 15 seconds.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Whether the page at <c>/</c>, on which people talk with the model and look on, is left out. Its files need no key, all that it
    /// shows does. Default false.
    /// </summary>
    public bool NoPage { get; init; }

    /// <summary>Whether texts of requests and answers are logged. Default false.</summary>
    public bool LogMessageText { get; init; }

    /// <summary>
    /// Reads options of <c>appsettings.json</c> in a folder (at the file's root or in a section <c>Alora</c>), of environment variables
    /// that begin with <c>ALORA_</c>, and of a command line; the last one wins.
    /// </summary>
    /// <param name="folder">
    /// The folder; null for the working directory, and for the program's where it runs as a Windows service. The file may be missing.
    /// </param>
    /// <param name="flags">What the command line says; null for nothing.</param>
    /// <exception cref="FormatException">A value is malformed, or the file is, or its section has a key that is unknown.</exception>
    public static ServerOptions Load(string? folder = null, IReadOnlyDictionary<string, string?>? flags = null) =>
        Configuration.OptionsReader.Load(folder, flags);
}
