"""Other people's formats into rows of OpenAI's wire: containers give records, dialects make rows of them.

`convert.convert_file` is the way in, for the API's imports and for the command line alike. Nothing in here knows HTTP,
the database or a tenant.
"""
