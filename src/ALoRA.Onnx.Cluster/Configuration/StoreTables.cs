using System.Data.Common;
using System.Reflection;
using Microsoft.Data.SqlClient;
using Npgsql;

namespace ALoRA.Onnx.Cluster.Configuration;

/// <summary>
/// Sees to the tables of a SQL database before anything reads them: those of PostgreSQL are created where there are none; of both kinds it
/// is said which queries are missing, where Orleans itself would fail with a word of its own.
/// </summary>
internal static class StoreTables
{
    // Servers that start at the same time create one after another. Any number does that nobody else takes.
    private const long Lock = 0x616C6F7261;

    private const string Invariant = "System.Globalization.Invariant";

    private const string QueriesOf = "SELECT QueryKey FROM OrleansQuery";

    // That of the package; the assembly's own number is the same for all minor versions.
    private static string? OrleansVersion => typeof(SiloAddress).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?
        .InformationalVersion.Split('+', ' ')[0].TrimEnd('.');

    /// <exception cref="NotSupportedException">The client of SQL Server does not work in this program.</exception>
    /// <exception cref="InvalidOperationException">The database can't be reached, may not be written to, or lacks queries.</exception>
    public static async Task EnsureAsync(StoreAddress store, CancellationToken cancellationToken)
    {
        if (store.Kind is not (StoreKind.Postgres or StoreKind.SqlServer))
        {
            return;
        }

        if (store.Kind == StoreKind.SqlServer && AppContext.TryGetSwitch(Invariant, out bool isInvariant) && isInvariant)
        {
            throw new NotSupportedException(
                $"--cluster: the client of SQL Server needs cultures, and this program runs without them. Set {Invariant} to false in its "
                + $"{Path.GetFileNameWithoutExtension(Environment.GetCommandLineArgs()[0])}.runtimeconfig.json, where ICU is installed, or "
                + "give another store: redis://host:port or postgres:CONNECTION.");
        }

        HashSet<string> queries;
        try
        {
            queries = store.Kind == StoreKind.Postgres
                ? await OfPostgresAsync(store.Connection, cancellationToken).ConfigureAwait(false)
                : await OfSqlServerAsync(store.Connection, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is DbException or ArgumentException or TimeoutException)
        {
            // Clients name the server and the database, but neither user's password nor the whole connection string.
            throw new InvalidOperationException(
                $"--cluster: {store} does not do what is asked of it: {exception.Message} The servers need a database that they reach, and "
                + $"an account that may read and write its tables{(store.Kind == StoreKind.Postgres ? ", and create them at first" : "")}.",
                exception);
        }

        string[] missing = [.. PostgresTables.Queries.Keys.Where(key => !queries.Contains(key))];
        if (missing.Length > 0)
        {
            throw new InvalidOperationException(
                $"--cluster: {store} has no {string.Join(", ", missing)} in its table OrleansQuery. Run Orleans' scripts of the version "
                + $"{OrleansVersion} there, the main one and those for clustering and "
                + "persistence, or give a database without that table.");
        }
    }

    private static async Task<HashSet<string>> OfPostgresAsync(string connectionString, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = new(connectionString);
        await using (connection.ConfigureAwait(false))
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            if (!await HasTablesAsync(connection, cancellationToken).ConfigureAwait(false))
            {
                await CreateAsync(connection, cancellationToken).ConfigureAwait(false);
            }

            return await ReadQueriesAsync(connection, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<HashSet<string>> OfSqlServerAsync(string connectionString, CancellationToken cancellationToken)
    {
        SqlConnection connection = new(connectionString);
        await using (connection.ConfigureAwait(false))
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return await ReadQueriesAsync(connection, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<HashSet<string>> ReadQueriesAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        DbCommand command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = QueriesOf;
            HashSet<string> queries = new(StringComparer.Ordinal);
            DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    queries.Add(reader.GetString(0));
                }
            }

            return queries;
        }
    }

    private static async Task<bool> HasTablesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // Not by to_regclass, which remembers within a transaction that there was none.
        NpgsqlCommand command = new(
            "SELECT EXISTS (SELECT 1 FROM pg_class WHERE relname = 'orleansquery' AND pg_table_is_visible(oid))", connection);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
        }
    }

    private static async Task CreateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await RunAsync($"SELECT pg_advisory_xact_lock({Lock})").ConfigureAwait(false);
            if (!await HasTablesAsync(connection, cancellationToken).ConfigureAwait(false))
            {
                await RunAsync(PostgresTables.Tables).ConfigureAwait(false);
                foreach ((string key, string text) in PostgresTables.Queries)
                {
                    await RunAsync("INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ($1, $2)", key, text).ConfigureAwait(false);
                }
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        async Task RunAsync(string text, params string[] values)
        {
            NpgsqlCommand command = new(text, connection, transaction);
            await using (command.ConfigureAwait(false))
            {
                foreach (string value in values)
                {
                    command.Parameters.Add(new NpgsqlParameter { Value = value });
                }

                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
