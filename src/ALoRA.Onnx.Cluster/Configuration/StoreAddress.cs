namespace ALoRA.Onnx.Cluster.Configuration;

/// <summary>What kind of store servers find each other in.</summary>
internal enum StoreKind
{
    /// <summary>None: servers of one machine, of which the first one knows the others.</summary>
    Localhost,

    /// <summary>Redis.</summary>
    Redis,

    /// <summary>SQL Server.</summary>
    SqlServer,

    /// <summary>PostgreSQL.</summary>
    Postgres,
}

/// <summary>Where servers find each other. Holds a secret, and prints none.</summary>
/// <param name="kind">The store.</param>
/// <param name="connection">What its client is given; empty for none.</param>
internal sealed class StoreAddress(StoreKind kind, string connection)
{
    private const string Expected =
        "Expected redis://host:port, rediss://host:port, sqlserver:CONNECTION, postgres:CONNECTION or localhost.";

    public StoreKind Kind => kind;

    public string Connection => connection;

    /// <summary>Reads an address.</summary>
    /// <exception cref="ArgumentException">It is none. The message does not repeat it, as it may hold a password.</exception>
    public static StoreAddress Parse(string text)
    {
        if (text.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return new StoreAddress(StoreKind.Localhost, "");
        }

        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string scheme = colon < 0 ? "" : text[..colon].ToUpperInvariant();
        string rest = colon < 0 ? "" : text[(colon + 1)..];
        return scheme switch
        {
            "REDIS" or "REDISS" => new StoreAddress(StoreKind.Redis, RedisOf(text)),
            "SQLSERVER" when rest.Trim().Length > 0 => new StoreAddress(StoreKind.SqlServer, rest),
            "POSTGRES" or "POSTGRESQL" when rest.Trim().Length > 0 => new StoreAddress(
                StoreKind.Postgres, rest.StartsWith("//", StringComparison.Ordinal) ? PostgresOf(text) : rest),
            _ => throw new ArgumentException($"--cluster is no address that is known. {Expected}"),
        };
    }

    /// <summary>The kind alone.</summary>
    public override string ToString() => kind.ToString();

    private static string RedisOf(string text)
    {
        Uri uri = UriOf(text);
        (string? user, string? password) = UserOf(uri);
        List<string> parts = [$"{uri.Host}:{(uri.Port < 0 ? 6379 : uri.Port)}"];
        if (user is not null)
        {
            parts.Add($"user={user}");
        }

        if (password is not null)
        {
            parts.Add($"password={password}");
        }

        string database = uri.AbsolutePath.Trim('/');
        if (database.Length > 0)
        {
            parts.Add($"defaultDatabase={database}");
        }

        if (uri.Scheme.Equals("rediss", StringComparison.OrdinalIgnoreCase))
        {
            parts.Add("ssl=true");
        }

        // Whatever else the client knows stands behind the question mark as it writes it.
        parts.AddRange(uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries));
        return string.Join(',', parts);
    }

    private static string PostgresOf(string text)
    {
        Uri uri = UriOf(text);
        (string? user, string? password) = UserOf(uri);
        System.Data.Common.DbConnectionStringBuilder builder = new()
        {
            ["Host"] = uri.Host,
            ["Port"] = uri.Port < 0 ? 5432 : uri.Port,
            ["Database"] = uri.AbsolutePath.Trim('/'),
        };
        if (user is not null)
        {
            builder["Username"] = user;
        }

        if (password is not null)
        {
            builder["Password"] = password;
        }

        return builder.ConnectionString;
    }

    private static Uri UriOf(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Host.Length > 0
        ? uri
        : throw new ArgumentException($"--cluster is no address that is known. {Expected}");

    private static (string? User, string? Password) UserOf(Uri uri)
    {
        string[] parts = uri.UserInfo.Split(':', 2);
        return (
            parts[0].Length > 0 ? Uri.UnescapeDataString(parts[0]) : null,
            parts.Length > 1 && parts[1].Length > 0 ? Uri.UnescapeDataString(parts[1]) : null);
    }
}
